from msgspec import Struct


class WebhookSettings(Struct, frozen=True):
    """`private`: whether rules may tell programs in our own network, and without encryption."""

    private: bool = False
