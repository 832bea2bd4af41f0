"""A job for tests: `note` writes down that it was done."""

done: list[str] = []


async def note(word: str = "round") -> None:
    if word == "fail":
        raise RuntimeError("not today")
    done.append(word)
