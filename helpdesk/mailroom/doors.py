"""Which letters come in by the door for mail servers."""

from helpdesk.core.config import secret_key
from helpdesk.departments import queries as departments
from helpdesk.mail import sides, thread


async def is_for_us(address: str) -> bool:
    """
    Whether letters to an address are taken in: it is one of ours, or a letter of ours gave it to answer to.

    Answers, and what comes back, still find their place when the address has been taken from its department.
    """
    secret = secret_key()
    return await departments.is_ours(address) or thread.is_given(address, secret) or sides.is_given(address, secret)
