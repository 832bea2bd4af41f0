"""
Why a letter was not delivered: what a mail server's code (RFC 3463) and its words mean for us.

Codes are few and often wrong, words are many and mostly right, so the telling codes are believed first,
then the words, then the other codes. Addresses are taken out before: a name like spam@… is no reason.
"""

import re
from functools import lru_cache
from typing import Final

UNKNOWN_ADDRESS: Final = "unknown-address"
UNKNOWN_HOST: Final = "unknown-host"
MAILBOX_FULL: Final = "mailbox-full"
SUSPENDED: Final = "suspended"
TOO_BIG: Final = "too-big"
CONTENT: Final = "content"
"""Taken for spam, a virus, or a forbidden file."""
OUR_SERVER: Final = "our-server"
"""Our address, name or signature is not trusted, or we send too much."""
REFUSED: Final = "refused"
UNREACHABLE: Final = "unreachable"
OTHER: Final = "other"

HARD: Final = frozenset((UNKNOWN_ADDRESS, UNKNOWN_HOST))
"""Writing there again is in vain."""
OF_THE_LETTER: Final = frozenset((TOO_BIG, CONTENT, OUR_SERVER))
"""These speak of one letter, or of us, and not of the address."""

MAX_WORDS: Final = 4000
"""Characters of a server's words that are looked at."""


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern of many, blind to case."""
    return re.compile("|".join(patterns), re.IGNORECASE)


_WHO = (
    r"(?:@|\b(?:users?|user ?ids?|e-?mails?|recipients?|mailbox(?:es)?|address(?:es)?|addressee|accounts?|alias"
    r"|local.?part|mail ?drop|person)\b)"
)
_NOT = r"(?:not?|n[o']t|never)"

_WORDS: Final = (
    (
        REFUSED,
        any_of(
            r"rfc ?\d{3,4}.{0,5}(?:compliant|violation)|not rfc|multiple (?:subject|from|to)\b",
            r"(?:valid|invalid|missing|bad) \W?from\b",
            r"from: domain|(?:improper|bad) (?:sequence|command)|sequence of commands|header (?:error|syntax)",
            r"sender (?:is |address )?(?:invalid|unknown|rejected|denied|refused|not exist|verif\w+ fail|callout)"
            r"(?!.{0,80}\baup\W)",
            r"notauthenticatedfor|delivery restriction|resolver\.rst\.authrequired",
        ),
    ),
    (
        UNREACHABLE,
        any_of(
            r"malformed or unexpected name server|not found, try again",
            r"name lookup .{0,30}(?:tempor|timed? ?out|deferr)|servfail",
            r"temporary (?:lookup|resolution|dns|name|resolver) ?(?:failure|error)?|host name lookup failure",
            r"dns .{0,20}(?:timed? ?out|tempor)",
            r"(?:lookup|resolution) (?:timed? ?out|failure)|server ?fail(?:ure)? .{0,10}dns",
        ),
    ),
    (
        UNKNOWN_HOST,
        any_of(
            r"host (?:or domain )?(?:name )?(?:is )?(?:unknown|not found)|unknown (?:mail )?(?:host|domain)",
            r"host not found|nxdomain",
            r"couldn'?t find any host",
            r"domain (?:name )?(?:is )?(?:does not|doesn't|could n[o']t) ?(?:be )?(?:exist|found|resolve|reach)",
            r"no such (?:domain|host)(?! [\w.]+\.$)|unrouteable mail domain|unroutable domain|unrouteable address",
            r"illegal host|domain (?:name )?is not reachable",
            r"name (?:service|server|resolution) .{0,10}(?:fail|not known|error)|bad destination system",
            r"invalid domain",
            r"no (?:valid |usable )?(?:mx|mail)\b.{0,10}(?:records?|hosts?|found|server)|null ?mx",
            r"not accepting network|no a,? ?(?:aaaa,? )?(?:or )?mx|non-?existent (?:hosts?|domains?)|no mx or a\b",
            r"(?:domain|host|system) (?:does not|doesn't|never) (?:accept|receive|handle)s? (?:any )?(?:e-?)?mail",
            r"account or domain may not exist|unresolvable|recipient's domain|[\w-]\.\w+ does not exist",
            r"domain .{0,80}(?:has )?expired",
            r"only .{0,20}(?:send|outgoing) .{0,20}no.{0,10}(?:receiv|accept)|tên miền không tồn tại",
        ),
    ),
    (
        OUR_SERVER,
        any_of(
            r"dmarc|dkim|\bspf\b|sender policy|sender id\b|unauthenticated",
            r"authentication (?:level|fail|check|require|information)",
            r"not authenticated|auth(?:entication)? (?:is )?required|reverse (?:dns|lookup|name|mapping|hostname)",
            r"\bptr\b|\brdns\b",
            r"ip name lookup|(?:helo|ehlo)\b.{0,60}(?:reject|invalid|need|fail|not|host)|unverifyable|dynamic ip",
            r"dial-?up|hostname required",
            r"blocked (?:using|by(?! the (?:recip|user))|for|from|at)",
            r"blocked due(?! to (?:inact|\w{0,12} ?(?:spam|virus|content)))",
            r"block ?-?list|black ?-?list",
            r"deny ?list|rbl\b|dnsbl|bl[oa]ck(?:ed)? ip\b",
            r"spamhaus|spamcop|sorbs|barracuda(?:central|networks)|uceprotect|senderbase|banned sending",
            r"client host.{0,60}(?:blocked|rejected)",
            r"\bips?\b (?:address )?.{0,60}(?:block|list|reputation|banned|frequency|denied|not allowed|rejected)",
            r"reputation",
            r"too many (?:connections?|concurrent|messages(?! (?:on|in))|recipients|errors|invalid|sessions|mails?)",
            r"rate.?limit|grey ?list|throttl|frequency|complaints",
            r"use the smtp server|access denied\.\.\.|not permitted to connect|reached your",
            r"(?:sending|message|hourly|daily) (?:rate|limit|quota)",
            r"connection (?:rejected|refused) (?:from|due|for|by (?:policy|our))|try again later.{0,30}(?:too|limit)",
            r"refused to talk to me",
            r"your (?:ip|server|host|mail ?server|network|domain) .{0,60}(?:block|list|reject|refus|denied|bann|spam)",
            r"(?:ou|sc|dy|rp|cs|sp|bl|tss?|ts|pr|oec|icp|gmx?)[-_:]?\d{2,4}\b.{0,20}(?:unfortunately|block|reject|https?:|postmaster)",
            r"(?:service|access) (?:refus|denied|rejected) by|unusual rate|suspicious (?:due|activity)",
            r"unsolicited mail originating|temporarily deferred|too frequent|traffic not accepted|\bs777\d\d\b",
            r"\bofr_(?:10\d|999)\b|\baup\W[a-z]{3,8}\b",
            r"(?:receiv\w+ mail|mail received) (?:too quickly|at a rate)|per hour .{0,30}limit",
            r"maximum number of connections|spam ip\b|error-codes\S{0,10}#bl0|danh sách đen|danh sách chặn",
        ),
    ),
    (
        MAILBOX_FULL,
        any_of(
            r"(?:mailbox|mailfolder|inbox|account|storage|mail ?drop|user|recipient)\b.{0,60}(?:\bfull\b|quota|exceed)",
            r"over ?limit|over(?:flow|drawn)",
            r"quota|exceed\w* .{0,30}(?:storage|allowed size|local limit|allotted|space|disk)",
            r"over (?:its )?(?:the )?(?:disk|storage|mail)",
            r"(?:insufficient|not enough|no more|out of) (?:system |disk |free )?(?:storage|disk|space|room|resources)",
            r"disk (?:is )?full|no space",
            r"too (?:much|many) (?:mail|messages) (?:on|in|for)|too much mail|allowed (?:storage|space)",
            r"(?:mailbox|account) size",
            r"full mailbox",
            r"一杯|いっぱい|容量|邮箱已?满|郵箱已?滿|空间不足|가득|hộp thư.{0,20}đầy|vượt quá dung lượng|đầy bộ nhớ",
            r"postfach.{0,20}(?:voll|überfüllt)",
            r"zuviele mails|bo[iî]te .{0,60}pleine|buz[oó]n .{0,20}lleno|casella .{0,20}piena|caixa .{0,20}cheia",
            r"cuota|переполнен|przepełnion",
        ),
    ),
    (
        SUSPENDED,
        any_of(
            r"suspend|disabled|deactivat|inactiv|not active|(?:account|mailbox|user).{0,20}\b(?:b?locked)\b",
            r"(?:is|or|been) locked|frozen|dormant",
            r"expired (?:account|mailbox|user)|(?:account|mailbox|user).{0,20}(?:expired|closed|blocked)",
            r"discontinued|terminated|on hold",
            r"(?:temporarily|currently) (?:disabled|locked|unavailable for delivery)",
            r"not (?:currently )?(?:being )?accept(?:ing|ed).{0,20}for this",
            r"(?:account|mailbox) (?:is )?(?:currently )?not (?:enabled|activated)|falta de uso|inutilizzo",
            r"disattivat|desactiv|deaktiviert",
            r"zablokowan|nieaktywn|заблокирован|отключ|停用|冻结|停止|bị khóa|tạm khóa|ngừng hoạt động",
        ),
    ),
    (
        TOO_BIG,
        any_of(
            r"(?:message|mail|size|header|content|file|letter)\b.{0,30}too (?:big|large|long)|larger than",
            r"(?:message|mail|size|header|content|data)\b.{0,30}exceed\w* .{0,40}(?:size|limit|max)",
            r"(?:oversized|too large)",
            r"line limit exceeded|max(?:imum)? (?:message |mail )?size|size limit|quá lớn|zu gro(?:ß|ss)",
            r"kích thước .{0,30}(?:vượt|giới hạn|tối đa)",
            r"trop (?:gros|volumineux)",
        ),
    ),
    (
        UNKNOWN_ADDRESS,
        any_of(
            r"recipient address(?:es)? rejected ?: access denied|no one (?:with|by|at)|nobody (?:here )?(?:by|with)",
            rf"{_WHO}.{{0,80}}(?:unknown|invalid|undefined|does ?n[o']t exist|not exists?|unavailable|no longer"
            rf"|non-?existent|isn't|cannot be verified|no exist|{_NOT} (?:be )?(?:found|exist|known|listed|(?:a )?valid"
            r"|our customer|recogni[sz]ed|(?:a )?registered|local|here|available|verified|deliverable|a member|hosted"
            r"|defined|permitted to receive))",
            r"(?:unknown|no such|invalid|bad|illegal|non-?existent|not (?:a )?(?:valid|known)|wrong|undefined|incorrect"
            rf"|unregistered) (?:local |virtual |e-?mail |mail |to |destination |or \w+ ){{0,2}}{_WHO}",
            r"(?:unknown|no such|illegal) (?:or illegal |local.?part|destination)|doesn'?t have an? .{0,30}account",
            r"not have an account",
            r"no (?:mailbox|account|user|recipient)s? (?:here|with|by|for|of|found)|not our customer|wasn.t found",
            r"did not .{0,30}match",
            r"no (?:valid )?recipients|no mail ?box|check if (?:the )?address is correct",
            r"delivery to this address is restricted",
            r"has moved|moved to",
            r"no longer (?:on|works?|here|valid|at|with|employed|in use|exists?|available|accepts?)|has left",
            r"left the (?:company|organi)",
            r"not (?:be )?found in|ディレクトリのリスト|resolverfault|recip(?:ient)?_?notfound|address_not_found",
            r"not listed in",
            r"\bgone\b|verify failed",
            r"unroutable|không tồn tại|không tìm thấy|địa chỉ .{0,20}sai|unknown user|user_?unknown|user doesn",
            r"empf[aä]nger.{0,20}unbekannt",
            r"name is not recognized|user \S+ is unknown|changed (?:his|her|their|my|its) (?:e-?mail )?address",
            r"new (?:e-?mail )?address",
            r"(?:destinat|utente|indirizzo|usuario|usu[aá]rio|utilisateur|adressat|użytkownik|adres)\w*.{0,40}(?:n'existe"
            r"|errat|inexistente|no existe|não existe|nie istnieje|nieznany)|nie ma takiego|unbekannt|inesistente",
            r"не (?:найден|существует|зарегистрирован)|неизвестн|нет такого|sconosciut|\binconnu|desconocid",
            r"desconhecid|unable to find .{0,20}(?:user|alias|recipient)|不存在|宛先.{0,20}(?:見つ|存在し)",
            r"존재하지",
        ),
    ),
    (
        CONTENT,
        any_of(
            r"\bspam|virus|malware|unsolicited|\bube\b|\bjunk\b|banned (?:name|file|content)|phish|trojan|\bworm\b",
            r"high.?risk|bayes",
            r"content (?:rejected|filter|is not|denied|presents)|message content",
            r"mail rejet[eé]|looks like|bulk mail|infected",
            r"executable|attachment",
            r"uri ?bl|\burl\b|suspicious content|thư rác|垃圾",
        ),
    ),
    (
        UNREACHABLE,
        any_of(
            r"timed? ?out|lost connection|could not be delivered for \d",
            r"connection (?:refused|reset|lost|dropped|to|died|closed|fail\w*)|expired|no route|unreachable",
            r"not reachable",
            r"network (?:error|unreachable)|(?:could|can)(?: ?not|n't) (?:be )?(?:connect|reach)",
            r"(?:not|no) respon[ds]|giving up|unable to connect",
            r"did not accept our requests|delivery failed \d+|retry time(?:out)?|queue too long|undelivered for",
            r"system (?:busy|load)|too busy",
            r"unable to deliver in|deferred|not delivered within|was aborted after|loops? back|too many hops",
            r"hop count|server (?:busy|down|is not available)",
            r"mail (?:forwarding )?loop|routing|could not find a gateway|(?:has been )?delayed|tempora\w+",
            r"try (?:again )?later|service (?:not|un)",
            r"(?:in|on) (?:the )?queue|will be retried|still being|không (?:thể )?kết nối|quá thời gian",
        ),
    ),
    (
        REFUSED,
        any_of(
            r"polic(?:y|ies)|security|not (?:allowed|permitted|authori[sz]ed|accepted)|denied|reject|refus|filter",
            r"forbidden",
            r"prohibit|\brelay(?:ing)?\b|sender|permission|compliant|violat|restrict|syntax|header error|グループ",
            r"المجموعة|protocol",
            r"grupo|group|unwanted|do not want|not accept|bounced? by (?:the )?administrator|từ chối|abgelehnt",
            r"verweigert|rechazad|rejeitad",
        ),
    ),
)  # fmt: skip

_BY_STATUS: Final = {
    "1.1": UNKNOWN_ADDRESS, "1.3": UNKNOWN_ADDRESS, "1.4": UNKNOWN_ADDRESS, "1.6": UNKNOWN_ADDRESS,
    "1.2": UNKNOWN_HOST, "1.10": UNKNOWN_ADDRESS, "1.7": REFUSED, "1.8": REFUSED,
    "2.1": SUSPENDED, "2.2": MAILBOX_FULL, "2.3": TOO_BIG,
    "3.1": MAILBOX_FULL, "3.2": UNKNOWN_HOST, "3.4": TOO_BIG,
    "4.1": UNREACHABLE, "4.2": UNREACHABLE, "4.3": UNREACHABLE, "4.4": UNKNOWN_HOST, "4.5": UNREACHABLE,
    "4.6": UNREACHABLE, "4.7": UNREACHABLE, "4.310": UNKNOWN_HOST, "4.316": UNREACHABLE, "4.317": UNREACHABLE,
    "4.318": UNREACHABLE,
    "5.1": REFUSED, "5.2": REFUSED, "5.3": OUR_SERVER, "5.4": REFUSED, "5.5": REFUSED, "5.6": REFUSED,
    "7.0": REFUSED, "7.1": REFUSED, "7.8": OUR_SERVER, "7.9": OUR_SERVER, "7.13": SUSPENDED, "7.17": UNKNOWN_ADDRESS,
    "7.18": UNKNOWN_HOST, "7.20": OUR_SERVER, "7.21": OUR_SERVER, "7.22": OUR_SERVER, "7.23": OUR_SERVER,
    "7.24": OUR_SERVER, "7.25": OUR_SERVER, "7.26": OUR_SERVER, "7.27": OUR_SERVER, "7.28": OUR_SERVER,
    "7.29": OUR_SERVER, "7.509": OUR_SERVER, "7.511": OUR_SERVER, "7.321": UNREACHABLE, "7.322": UNREACHABLE,
    "7.323": UNREACHABLE, "7.324": UNREACHABLE, "7.325": UNREACHABLE,
}  # fmt: skip
"""By subject and detail, as the IANA registry names them; Microsoft added those of three digits."""
_SURE: Final = frozenset((OUR_SERVER, MAILBOX_FULL))
_VAGUE: Final = frozenset((REFUSED, OTHER))
_ADDRESS: Final = re.compile(r"[\w.+=&'/-]{1,64}@[\w.-]{1,255}")
_NO_REASON: Final = any_of(
    r"delivery temporarily suspended:?|to (?:reduce|best protect|help protect)[^.]{0,80}\bspam\b[^.]{0,60}",
    r"(?:anti-?)?spam(?: (?:filter|check)\w*)? passed",
    r"please (?:send mail to|contact|forward)[^.]{0,80}postmaster|service unavailable;? (?=client|sender)",
)
_AFTER_DATA: Final = any_of(
    r"\b550\b.{0,300}(?:in reply to (?:end of )?data|smtp command\W+data)|after (?:the )?end of data:? 550",
    r">>> data\s+<<< 550",
)
_RCPT_FAILED: Final = any_of(r"\b503\b|(?:need|valid) rcpt|no valid recipients")


def is_after_data(words: str) -> bool:
    """Whether the server refused once it had the text, and not when it heard the address."""
    folded = " ".join(words[:MAX_WORDS].split())
    return bool(_AFTER_DATA.search(folded)) and not _RCPT_FAILED.search(folded)


@lru_cache(maxsize=256)  # a report says the same of many addresses
def reason(words: str, status: str) -> str:
    """
    One of the reasons above. `words` are the server's; `status` is the enhanced code (RFC 3463) or empty.

    A server that knew the address (RCPT) and says after the text (DATA) that there is no such user has a filter
    of its owner's at work, as the carriers of Japan do: that is a refusal, and the address is alive.
    """
    folded = _NO_REASON.sub(" ", _ADDRESS.sub("@", " ".join(words[:MAX_WORDS].split())))
    said = next((found for found, pattern in _WORDS if pattern.search(folded)), OTHER)
    coded = _BY_STATUS.get(status[2:], "")
    if said == UNKNOWN_ADDRESS and is_after_data(words):
        return REFUSED
    if said == OUR_SERVER and coded == MAILBOX_FULL:
        return said
    if coded in _SURE or (coded == UNKNOWN_HOST and said != UNREACHABLE):
        return coded
    return coded if coded and said in _VAGUE else said
