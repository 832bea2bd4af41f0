"""
What is new in a letter, and what is only the letter before it or a signature.

A kept old word costs a glance, a lost new word costs an answer: in doubt it is new. First come the words that
the conversation already holds (`shingles.py`), then the marks that programs make. Every pattern looks at one
short line without case and accents, so the work is linear whatever the lines hold, and "đã viết", "da viet"
and the same in decomposed letters are one.
"""

import re
from collections.abc import Sequence
from unicodedata import normalize

import msgspec

from helpdesk.core.text import fold
from helpdesk.mail.reading import marks, shingles
from helpdesk.mail.reading.html import html_to_text
from helpdesk.mail.reading.marks import alternatives

MAX_LOOK = 400  # characters of a line that are looked at
MAX_WRAP = 6  # lines over which programs break "On … wrote:"
LEAST_BROKEN = 30  # characters of a line that was broken because it was long
MAX_BLOCK = 14  # lines of a header block, with its broken ones
MAX_SIGNATURE = 20  # lines with words after "-- " (RFC 3676, section 4.3)
MAX_BARE_SIGNATURE = 6  # after "--" alone, which people also write between two matters
MAX_SENT_FROM = 110  # characters of "Sent from my …"
CLOSING = 4  # words of a closing line, such as "Trân trọng,", which stays above a signature known before


class Split(msgspec.Struct, frozen=True):
    """The new words of a letter, and the rest of it: history, introductions of quotes, signature."""

    fresh: str
    rest: str


_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"[^\S\n]+")

_QUOTED = re.compile(r" {0,3}(?:>(?![:;=]['-]?[()/|dpo](?: |$))|\|(?!.*\|))")
_RULE = re.compile(r" *(?:[-_=*#~+]{2,}|[ᐧ—–]+) *")
_SIGNATURE = re.compile(r"(?:-- ?|—)")

# "On Mon, 2 March 2026 at 09:15 Lan <lan@…> wrote:" — how the line begins, which verb it has, what proves it.
_VERB = re.compile(rf"(?<!\w)(?:{alternatives(marks.WROTE)})(?![^\W_])")
_CJK_VERB = re.compile(alternatives(marks.WROTE_WITHOUT_SPACES))
_FIRST_PERSON = re.compile(
    r"\b(?:i|we|toi|chung toi|ich|je|yo) (?:have |da |habe |ai )?(?:just )?(?:" + _VERB.pattern + ")"
)
_TOLD = re.compile(
    rf"(?:{_VERB.pattern}) (?:cho|rang|la|nhu|ve|to|that|as|about|me|us|mir|uns|dass|que|aan|till|til)\b"
)
_OPENER = re.compile(
    r"[ *-]*(?:(?:on|at|vao|luc|ngay|am|le|el|em|il|den|pa|op|dnia|w dniu|dne|in|la|στις|ne|v|thu|chu nhat)\b|在|於|于"
    r"|\d{1,4}(?:[ ./-]|年|년)|[^\W\d_]{2,10}[.,]{0,2} \d{1,2}[. /])"
)
_DATE = re.compile(r"(?<!\d)(?:\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})(?!\d)|\d ?[月월]|thg \d")
_TIME = re.compile(
    r"(?<![\d.])\d{1,2} ?[:h時点시][ \d]?\d|\b(?:kl|klo|o godz|alle|ore)\.? ?\d{1,2}[.:]\d{2}"
    r"|\d{4},? \d{1,2}\.\d{2}(?!\d|\.\d)|\d gio\b"
)
_DATED = re.compile(r"\d{4}|\d{1,2}[:.h]\d{2}")
_STARTS_DATED = re.compile(r" *\d{1,4}(?:[./-]\d{1,2}[./-]\d{1,4}| \S{2,12} \d{4}|年|년)")
_LOGGED = re.compile(r"[^\W\d_][\])]?: ")
_EMAIL = re.compile(r"[<\[(].{0,80}?[\w.+-]{1,80}@[\w-]")
_ADDRESS = re.compile(r"[\w.+-]{1,80}@\w[\w-]*")
_ENDS = re.compile(r"(?:[:：]|-{2,}) *$")
_ENDS_WITH_ADDRESS = re.compile(r"[>\])][^<>\d]{0,30}[:：] *$")
_ENDS_WITH_BARE_ADDRESS = re.compile(r" [\w.+-]{1,80}@[\w.-]{1,100}[:：] *$")
_ADDRESS_WROTE = re.compile(rf"<[^<>]{{0,80}}@[^<>]{{1,200}}>[>\]]? ?(?:{alternatives(marks.WROTE)}) ?[:：] *$")
_GAP = re.compile(r"[:：]\s{2,}\S")
_RUNS_ON = re.compile(rf"{_ADDRESS_WROTE.pattern.removesuffix(' *$')} +\S")
_ENDS_SENTENCE = re.compile(r"(?:[!?…]|(?<!\d )(?<!\d)\b[^\W\d_]{2,}\.)$")
_BROKEN_LINK = re.compile(r"https?://[^\s)>]+$")
_SAYS_SO = re.compile(rf" *-{{2,}} *\S.*{_VERB.pattern}:? *-{{2,}} *|>>> .*@.*\d{{1,2}}[:.]\d{{2}}.* >>> *")

_FORMER = re.compile(rf"[ >*]*[-_]{{2,}} *\*?(?:{alternatives(marks.FORMER_MESSAGE)})(?![^\W_]).{{0,60}}")
_ABOVE = re.compile(
    r" *[-#=~*]{2,}.{0,40}(?:reply (?:above|before)|above this line|(?:phia|ben) tren dong nay"
    r"|tra loi (?:o )?phia tren).{0,60}"
)
_TITLE = re.compile(r"[ >]*(?:[-_=*#~]{4,}) ?[^-_=]{2,50} ?[-_=*#~]{4,} *")
_BEGIN_FORWARDED = re.compile(r"(?:begin forwarded message|bat dau thu (?:duoc|da) chuyen tiep) ?: *")

# The header block that Outlook and others put above the former letter: label → what it is about.
_LABELLED = re.compile(r"[ >*_]{0,20}([^\W\d_][^:：*]{0,17}?) ?\*{0,2} ?[:：]\*{0,2}(?= |$|(?<=：))")
_LABELLED_BY_SOMEBODY = re.compile(r"[ *_]{0,4}[^\W\d_][^:：*<@]{0,17}\*?[:：] ?.{0,100}<[^<>\s]{1,80}@[^<>\s]{1,80}>")

_SENT_ON = re.compile(
    r"(?:sent|da gui|gesendet|envoye|enviado|inviato|verzonden|skickat|sendt|wyslano|отправлено)\*? ?:\*? ?[^\W\d_]{3}"
    r".{0,40}\d{4},?.{0,5} \d{1,2}[:.]\d\d"
)

# "Sent from my iPhone": a short last line that names nothing but how it was sent.
_SENT_FROM = re.compile(
    rf"[ *_[(-]{{0,4}}(?:(?:{alternatives(marks.SENT_FROM)})(?P<tail>.*)"
    rf"|(?:{alternatives(marks.GET)}) \[?(?P<got>outlook .*)"
    r"|(?P<before>.{0,60})(?:から送信|에서 보냄|傳送| gonderildi\.?)"
    r"|(?P<named>yahoo mail): search, organi[sz]e, conquer)"
)
_MINE = re.compile(rf"(?<!\w)(?:{alternatives(marks.MINE)})(?!\w)")
_PHONE = re.compile(
    r"(?:phone|mobil|mobile|device|smartphone|tablet|dien thoai|thiet bi|may tinh bang|di dong|手机|手機|telefon"
    r"|telefone|telephone|movil|celular)"
)
_DEVICE = re.compile(
    r"(?:iphon|ipad|ios|android|samsung|galaxy|outlook|yahoo|gmail|windows|proton|blackberry|nokia|huawei|honor|xiaomi"
    r"|redmi|oppo|vivo|realme|zalo|spark|tapatalk|acompli|aquamail|bluemail|mailbird|thunderbird|k-9|xperia|pixel|zoho"
    r"|motorola|superhuman|mailspring|edison|aol\b|tuta|яндекс)"
)
_LINK = re.compile(r"<?(?:https?|mailto):\S*>?|\[https?:\S*\]")
_TOKEN = re.compile(r"[^\s,.;()<>*_\[\]]+")


def split(text: str, html: str = "", before: Sequence[str] = ()) -> Split:
    """
    Part the new words of a letter from what it repeats; `html` is read only where there is no plain text.

    `before` is what the conversation holds so far. The first introduction of a former letter ends the new
    words, unless a `>` quote follows it, what comes after being new again, or unless words that nobody
    has said yet stand between words of `before`: those are answers in their places. A letter that is
    nothing but a former letter (a forwarded one) is all new; one that is nothing but `>` lines has no new words.
    """
    source = (text if text.strip() else html_to_text(html)).replace("\r\n", "\n")
    lines = _Lines(source.split("\n"), shingles.known(before) if before else frozenset())
    fresh, is_followed = _without_repeated(lines, *_walk(lines))
    fresh = fresh[: _ending(lines, fresh, former=is_followed)]
    if not fresh and not all(lines.is_quoted(number) for number, line in enumerate(lines.raw) if line.strip()):
        return Split(source.strip("\n"), "")
    new = set(fresh)
    return Split(
        "\n".join(lines.raw[number].rstrip() for number in fresh).strip("\n"),
        "\n".join(line for number, line in enumerate(lines.raw) if number not in new).strip("\n"),
    )


def rest_of(text: str, fresh: str) -> str:
    """The lines of a letter without its new ones; all of it where those are not lines of it."""
    wanted = iter(fresh.split("\n"))
    rest, line = [], next(wanted, None)
    for own in text.split("\n"):
        if line is not None and own.rstrip() == line.rstrip():
            line = next(wanted, None)
        else:
            rest.append(own)
    return "\n".join(text.split("\n") if line is not None else rest).strip("\n")


class _Lines:
    """A letter's lines as they stand, as they are looked at, and what of them was said before."""

    def __init__(self, raw: list[str], before: shingles.Known) -> None:
        self.raw = raw
        self.seen = [_look(line) for line in raw]
        self.said = shingles.repeated(raw, before) if before else []

    def __len__(self) -> int:
        return len(self.raw)

    def is_quoted(self, number: int) -> bool:
        return bool(_QUOTED.match(self.seen[number]))

    def is_repeated(self, number: int) -> bool:
        return bool(self.said) and self.said[number].is_repeated

    def is_new(self, number: int) -> bool:
        return self.said[number].new > 0

    def is_aside(self, number: int) -> bool:
        """Whether a line says nothing: empty, also in a quote, a rule, or what a program wrote for a picture."""
        is_empty = not self.seen[number].strip(" >|")
        return is_empty or self.said[number].is_added or bool(_RULE.fullmatch(self.seen[number]))

    def is_closing(self, number: int) -> bool:
        """Whether a repeated line may be "Trân trọng,": short, unmarked, and not what a letter began with."""
        said = self.said[number]
        return said.words <= CLOSING and not said.is_first and not self.is_quoted(number)


def _look(line: str) -> str:
    """The beginning of a line as patterns see it: no case, accents or invisible signs, plain spaces."""
    return _SPACES.sub(" ", fold(_UNSEEN.sub("", line[:MAX_LOOK])))


def _walk(lines: _Lines) -> tuple[list[int], int]:
    """The numbers of the lines that are new by the marks of programs, and where what is all former begins."""
    fresh: list[int] = []
    at = 0
    while at < len(lines):
        if _begins_former(lines, at):
            break
        after = _introduction(lines, at)
        if not after:
            fresh.append(at)
            at += 1
            continue
        quote_end = _quote_end(lines, after)
        if quote_end == after:
            break
        at = quote_end
    return fresh, at


def _without_repeated(lines: _Lines, fresh: list[int], former: int) -> tuple[list[int], bool]:
    """The new lines in the light of what was said before, and whether anything else is left."""
    if lines.said:
        fresh = [*fresh, *range(former, _last_answer(lines, former))]
        fresh = fresh[_leading(lines, fresh) : _trailing(lines, fresh)]
    return fresh, len(fresh) < len(lines)


def _last_answer(lines: _Lines, former: int) -> int:
    """Past the last line in a former letter that nobody has said yet, with repeated ones on both sides."""
    repeated = [number for number in range(former, len(lines)) if lines.is_repeated(number)]
    if not repeated:
        return former
    marked = _marks(lines, former)
    for number in range(repeated[-1], repeated[0], -1):
        if lines.is_new(number) and number not in marked and not lines.is_quoted(number):
            return number + 1
    return former


def _marks(lines: _Lines, start: int) -> set[int]:
    """The lines from `start` on that programs wrote: introductions, header blocks, rules, "Sent from"."""
    marked: set[int] = set()
    number = start
    while number < len(lines):
        after = max(_introduction(lines, number), _block_end(lines, number))
        if not after and (_is_former_rule(lines.seen[number]) or _is_sent_from(lines, number)):
            after = number + 1
        marked.update(range(number, after))
        number = max(after, number + 1)
    return marked


def _leading(lines: _Lines, fresh: Sequence[int]) -> int:
    """How many of the new lines at the beginning are only repeated, where others follow."""
    count = 0
    for position, number in enumerate(fresh):
        if lines.is_repeated(number):
            count = position + 1
        elif not lines.is_aside(number):
            return count
    return 0


def _trailing(lines: _Lines, fresh: Sequence[int]) -> int:
    """
    How many of the new lines are left without what is only repeated at their end.

    A closing on top of it stays, for people close in the same words each time.
    """
    left = len(fresh)
    for position in range(len(fresh) - 1, -1, -1):
        number = fresh[position]
        if lines.is_repeated(number):
            left = position
        elif not lines.is_aside(number) and not lines.is_quoted(number):
            break
    return left + (0 < left < len(fresh) and lines.is_closing(fresh[left]))


def _begins_former(lines: _Lines, at: int) -> bool:
    """Whether everything from this line on is a former letter."""
    return _is_former_rule(lines.seen[at]) or _block_end(lines, at) > 0


def _is_former_rule(line: str) -> bool:
    return bool(_FORMER.fullmatch(line) or _ABOVE.fullmatch(line) or _SAYS_SO.fullmatch(line))


def _block_end(lines: _Lines, at: int) -> int:
    """
    The line after a header block that begins here, otherwise 0.

    It names a sender, then at least two of date, receiver and subject, and has an address, a subject and
    a time, or "Sent: Tuesday, …": "From: Hanoi, To: Saigon" is somebody's journey. In a language that we do
    not know it is four labelled lines, the first with a name and an address, with another address and a moment.
    """
    first = lines.seen[at]
    if not _LABELLED.match(first):
        return 0
    block = _block(lines, at)
    abouts = [about for about, _ in block if about is not None]
    said = " ".join(line for _, line in block)
    if _about(first) not in {"from", "date", "to", "subject"} or "from" not in abouts:
        is_block = bool(_LABELLED_BY_SOMEBODY.match(first)) and len(abouts) >= 4 and len(_ADDRESS.findall(said)) >= 2
        return at + len(block) if is_block and _TIME.search(said) and _DATE.search(said) else 0
    if len(set(abouts) & {"date", "to", "subject"}) < 2:
        return 0
    is_proved = _names_an_address(block) or ("subject" in abouts and bool(_TIME.search(said))) or _SENT_ON.search(said)
    return at + len(block) if is_proved else 0


def _block(lines: _Lines, at: int) -> list[tuple[str | None, str]]:
    """The lines of what may be a header block with what each is about; None for the second half of a broken one."""
    block: list[tuple[str | None, str]] = []
    abouts: list[str] = []
    for number, line in enumerate(lines.seen[at : at + MAX_BLOCK], at + 1):
        if not line.strip() and len(abouts) > 1 and _about("".join(lines.seen[number : number + 1])) in ("", "from"):
            break
        about = _about(line)
        if about == "from" and "from" in abouts:
            break
        is_labelled = bool(about or _LABELLED.match(line))
        block.append((about if is_labelled else None, line))
        if is_labelled:
            abouts.append(about)
    return block


def _names_an_address(block: Sequence[tuple[str | None, str]]) -> bool:
    """Whether the sender or a receiver has an address; that of a customer's form stands elsewhere."""
    label: str | None = None
    for about, line in block:
        label = about if about is not None else label
        if label in {"from", "to"} and _ADDRESS.search(line):
            return True
    return False


def _about(line: str) -> str:
    found = _LABELLED.match(line)
    return marks.LABELS.get(found[1].strip(), "") if found else ""


def _introduction(lines: _Lines, at: int) -> int:
    """The number of the line after "On … wrote:" when it begins here, otherwise 0."""
    line = lines.seen[at]
    is_opened = bool(_OPENER.match(line))
    if not is_opened and not _may_introduce(line):
        return 0
    if is_opened and _runs_on(lines, at):
        return at + 1
    said = ""
    for number in range(at, min(at + MAX_WRAP, len(lines))):
        part = lines.seen[number].strip()
        if said and _is_apart(lines, number, said):
            break
        said = f"{said} {part}"
        if len(said) > MAX_LOOK:
            break
        is_quoted_next = _quote_follows(lines, number + 1)
        if _ENDS.search(said):
            is_one = number == at or _is_broken(said, len(line), is_quoted_next=is_quoted_next)
            is_introduction = _introduces(said, is_opened=is_opened, is_quoted_next=is_quoted_next)
            return number + 1 if is_one and is_introduction else 0
        if _ENDS_SENTENCE.search(said):
            break
        if said.endswith(">") and _STARTS_DATED.match(said) and _EMAIL.search(said) and is_quoted_next:
            return number + 1
    return 0


def _is_broken(said: str, first: int, *, is_quoted_next: bool) -> bool:
    """Whether several lines, of which the first has so many characters, may be one that a program broke."""
    return bool(_EMAIL.search(said) or first >= LEAST_BROKEN) and (is_quoted_next or bool(_DATED.search(said)))


def _may_introduce(line: str) -> bool:
    """Whether a line that begins in no way we know has what introductions have: an address, and more."""
    if _EMAIL.search(line):
        return _has_verb(line) or bool(_TIME.search(line) or _ENDS.search(line))
    return line.rstrip().endswith("<") and bool(_TIME.search(line))


def _runs_on(lines: _Lines, at: int) -> bool:
    """Whether the former letter goes on in the line that introduces it, past a gap, as Yahoo has it on telephones."""
    line = lines.seen[at]
    return bool(_DATED.search(line) and _RUNS_ON.search(line) and _GAP.search(lines.raw[at][:MAX_LOOK]))


def _is_apart(lines: _Lines, number: int, said: str) -> bool:
    """Whether a line cannot go on an introduction that `said` may have begun: then `said` is somebody's words."""
    line = lines.seen[number].strip()
    if not line:
        return not lines.seen[min(number + 1, len(lines) - 1)].lstrip().startswith(("<", "(", "["))
    if lines.is_quoted(number) and not line.endswith((":", "：")):
        return True
    if _OPENER.match(line) and _DATE.search(line) and (_TIME.search(line) or line[0].isalpha()):
        return True
    is_whole = bool(_EMAIL.search(line)) and (_has_verb(line) or bool(_ENDS.search(line))) and line[0] not in "<(["
    return is_whole and (bool(_DATE.search(line) and _TIME.search(line)) or not _TIME.search(said))


def _introduces(said: str, *, is_opened: bool, is_quoted_next: bool) -> bool:
    """Whether what ends in a colon tells who wrote, and when or from which address."""
    has_address, has_time = bool(_EMAIL.search(said)), bool(_TIME.search(said))
    if not is_quoted_next and (_TOLD.search(said) or (_LOGGED.search(said) and not _has_verb(said))):
        return False
    if is_quoted_next and is_opened and has_time and _DATE.search(said) and _ENDS_WITH_BARE_ADDRESS.search(said):
        return True
    if _has_verb(said) and has_address:
        return is_quoted_next or bool(_DATED.search(said) or _ADDRESS_WROTE.search(said))
    if _has_verb(said):
        is_dated = has_time and bool(_DATE.search(said)) and not _FIRST_PERSON.search(said)
        return is_opened and (is_dated or (is_quoted_next and bool(_DATED.search(said))))
    if has_address and (is_quoted_next or _STARTS_DATED.match(said)):
        return True
    return has_address and has_time and bool(_DATE.search(said)) and bool(_ENDS_WITH_ADDRESS.search(said))


def _has_verb(line: str) -> bool:
    return bool(_VERB.search(line) or _CJK_VERB.search(line))


def _quote_end(lines: _Lines, at: int) -> int:
    """The number of the line after the quote that begins here, past empty lines; the same number when none does."""
    end = at
    for number in range(at, len(lines)):
        if lines.is_quoted(number) or (end > at and _is_broken_link(lines, number)):
            end = number + 1
        elif lines.raw[number].strip():
            break
    return end


def _quote_follows(lines: _Lines, at: int) -> bool:
    """Whether a quote begins here, past a few empty lines."""
    for number in range(at, min(at + MAX_WRAP, len(lines))):
        if lines.raw[number].strip():
            return lines.is_quoted(number)
    return False


def _is_broken_link(lines: _Lines, at: int) -> bool:
    """The second half of an address that a program broke in the middle of a quote."""
    return (
        " " not in lines.raw[at].strip()
        and bool(_BROKEN_LINK.search(lines.raw[at - 1][-MAX_LOOK:]))
        and at + 1 < len(lines)
        and lines.is_quoted(at + 1)
    )


def _ending(lines: _Lines, fresh: Sequence[int], *, former: bool) -> int:
    """How many of these lines are left without what stands at their end: quotes, rules, signatures."""
    end = len(fresh)
    while True:
        left = end
        while left and _is_trailing(lines, fresh[left - 1], former=former):
            left -= 1
        if left and left < end and _is_announced(lines, fresh[left - 1], fresh[left]):
            return _quote_end_in(lines, fresh, left)
        left = _signature([lines.raw[number] for number in fresh[:left]])
        if left == end:
            return end
        end = left


def _is_announced(lines: _Lines, number: int, after: int) -> bool:
    """Whether a person's own "I type this:" stands right above a quote, which is theirs then and not history."""
    line = lines.seen[number]
    is_next = after == number + 1 and lines.is_quoted(after)
    is_introduction = _has_verb(line) or bool(_DATED.search(line) or _EMAIL.search(line))
    return is_next and bool(_ENDS.search(line)) and not is_introduction


def _quote_end_in(lines: _Lines, fresh: Sequence[int], start: int) -> int:
    """How many of the new lines there are up to the end of the quote that begins with the line at `start`."""
    return next((end for end in range(start, len(fresh)) if not lines.is_quoted(fresh[end])), len(fresh))


def _is_trailing(lines: _Lines, number: int, *, former: bool) -> bool:
    line = lines.seen[number]
    return (
        not line.strip()
        or lines.is_quoted(number)
        or bool(_RULE.fullmatch(line) and len(lines.raw[number]) <= MAX_LOOK)
        or _is_sent_from(lines, number)
        or (former and bool(_BEGIN_FORWARDED.fullmatch(line) or _TITLE.fullmatch(line)))
    )


def _is_sent_from(lines: _Lines, number: int) -> bool:
    """
    Whether a line says only from what it was sent: "Gửi từ iPhone của tôi", not "Gửi từ iPhone thì không được".

    Every word names a device or program, or begins with a capital or holds a digit, as the names of models do.
    """
    line = _LINK.sub("", lines.seen[number]).strip()
    found = _SENT_FROM.fullmatch(line) if len(line) <= MAX_SENT_FROM else None
    if found is None:
        return False
    tail = found["tail"] or found["got"] or found["before"] or found["named"] or ""
    words = _TOKEN.findall(tail)
    written = {
        fold(word)
        for word in _TOKEN.findall(normalize("NFC", lines.raw[number]))
        if word[0].isupper() or not word.isalpha()
    }
    is_mine = bool(_MINE.search(line)) and (bool(_PHONE.search(tail)) or _names_a_thing(line, words, written))
    return (bool(_DEVICE.search(tail)) or is_mine) and all(
        word in marks.ABOUT_DEVICES or word in written or _DEVICE.match(word) or _PHONE.match(word) for word in words
    )


def _names_a_thing(line: str, words: Sequence[str], written: set[str]) -> bool:
    """Whether "Sent from my Nexus 5" names something; not in German, where every noun has a capital."""
    return not line.startswith("von ") and any(word in written for word in words)


def _signature(lines: Sequence[str]) -> int:
    """Where the signature at the end of these lines begins, or their end when there is none below other words."""
    start, words = len(lines), 0
    for number in range(len(lines) - 1, -1, -1):
        limit = MAX_SIGNATURE if lines[number].startswith("-- ") else MAX_BARE_SIGNATURE
        if _SIGNATURE.fullmatch(lines[number]) and words <= limit:
            start = number
        words += bool(lines[number].strip())
        if words > MAX_SIGNATURE:
            break
    return start if any(line.strip() for line in lines[:start]) else len(lines)
