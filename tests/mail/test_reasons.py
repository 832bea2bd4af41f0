"""What mail servers say, in their own words and codes, means one of ten things."""

import re
import time

import pytest

from helpdesk.mail.machines import reasons
from helpdesk.mail.machines.reasons import reason

SAID = {
    reasons.UNKNOWN_ADDRESS: """
        550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the
        550 Requested action not taken: mailbox unavailable
        550 No such user here
        550 sorry, no mailbox here by that name (#5.1.1)
        511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
        550 5.1.1 unknown or illegal alias: lan@khach.vn
        550 unknown local-part "lan" in domain "khach.vn"
        554 5.7.1 <lan@khach.vn>: Recipient address rejected: User unknown in virtual mailbox table
        550 <lan@khach.vn>: Recipient address rejected: User unknown in relay recipient table
        550 Invalid recipient <lan@khach.vn> (#5.1.1)
        550 5.1.1 RESOLVER.ADR.RecipNotFound; not found
        550 Address lan@khach.vn is not known here
        X-Notes; User lan (lan@khach.vn) not listed in public Name & Address Book
        smtp; 450 user path no exist
        554 qq Sorry, no valid recipients (#5.1.3)
        551 not our customer
        540 Error: Wrong recipients
        501 #5.1.1 bad address lan@khach.vn
        550 5.1.1 <lan@khach.vn>... email address lookup in domain map failed
        550 User not a member of domain: <lan@khach.vn>
        550-"The recipient cannot be verified.  Please check all recipients of this message
        550 lan@khach.vn:user not exist
        550 sorry, that recipient doesn't exist (#5.7.1)
        550-I'm sorry but lan@khach.vn does not have an account here. I will not
        550 No one with that email address here
        550 destin. sconosciuto
        Destinatario errato
        Indirizzo inesistente
        Adressat unbekannt
        550 nie ma takiego konta
        550 5.1.1 : Adresse d au moins un destinataire invalide
        This user doesn't have a yahoo.com account (lan@yahoo.com)
        550 Excessive userid unknowns
        Unable to find alias user
        Old address no longer valid
        550 This email address is not known to this system
        550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [SG2.prod.protection.outlook.com]
        550 Mailbox not found
        user unknown
        550 Unknown recipient
        553 5.3.0 <lan@khach.vn>... Addressee unknown
        550 该用户不存在
        550 Tài khoản không tồn tại
        550 El usuario no existe
        550 Не найден такой пользователь: неизвестный адрес
        550 Kein solcher Benutzer / Benutzer unbekannt
        550 permanent failure for one or more recipients (lan@khach.vn:unknown user)
        550 User has left the company
        The recipient's e-mail address was not found in the recipient's e-mail system
        550 Account not found
        5.1.1 The e-mail account does not exist at the organization this message was sent to
        550 5.1.1 lan@khach.vn is not a valid mailbox
    """,
    reasons.UNKNOWN_HOST: """
        554 The mail could not be delivered to the recipient because the domain is not reachable. Please check it
        Host or domain name not found. Name service error for name=khach.vn type=A: Host not found
        DNS Error: DNS type 'mx' lookup of khach.vn responded with code NXDOMAIN Domain name not found: khach.vn
        550 Host unknown (Name server: khach.vn: host not found)
        Sorry, I couldn't find any host named khach.vn. (#5.1.2)
        Sorry. Although I'm listed as a best-preference MX or A for that host, domain does not exist
        Unrouteable address
        all relevant MX records point to non-existent hosts
        Domain khach.vn does not accept mail (nullMX)
        556 5.1.10 recipient domain has null MX
        554 5.4.4 [internal] no MX or A for domain
        unknown mail domain
        host name is unknown
        no such domain
        bad destination host 'DNS Hard Error looking up khach.vn (MX): NXDomain'
    """,
    reasons.MAILBOX_FULL: """
        550 lan@khach.vn Account size limit reached
        552 5.2.2 Over quota (in reply to RCPT TO command)
        552 Requested mailbox exceeds quota.
        552 recipient storage full, try again later
        the destination mailbox <lan@khach.vn> is full
        452 Insufficient system storage
        452-4.2.2 The email account that you tried to reach is over quota
        552 5.2.2 Mailbox size limit exceeded
        User has exhausted allowed storage space
        User has too many messages on the server
        Quota violation
        Benutzer hat zuviele Mails auf dem Server
        mailbox is full
        user has Exceeded
        not enough storage space
        550 5.7.1 La boite aux lettres de ce destinataire est pleine
        452 4.3.1 Insufficient system resources
        邮箱已满
        Hộp thư của người nhận đã đầy
        552 sorry, your destination mailbox is over its disk quota
        452 4.1.1 <lan@khach.vn> mailbox full
        maildir delivery failed: mailbox over the quota
        Casella di posta piena
    """,
    reasons.SUSPENDED: """
        554 delivery error: dd Sorry your message to lan@khach.vn cannot be delivered. This account has been disabled
        550 user disabled
        452 4.2.1 mailbox temporarily disabled: lan@khach.vn
        551 <lan@khach.vn> is a deactivated mailbox
        550 <lan@khach.vn>: inactive user
        550 lan@khach.vn Account Inactive
        550 <lan@khach.vn>: Recipient address rejected: Account closed due to inactivity. No forwarding information
        550 <lan@khach.vn>... User account not activated
        User is suspended
        Mailbox currently suspended
        Mailbox Locked or Suspended
        El usuario esta en estado: inactivo
        Podane konto jest zablokowane administracyjnie lub nieaktywne
        The email account that you tried to reach is disabled
        mailbox has been blocked due to inactivity
        Questo indirizzo e' bloccato per inutilizzo
        550 RecipNotAllowed. mail is not currently being accepted for this mailbox
        Tài khoản này đã bị khóa
    """,
    reasons.TOO_BIG: """
        552 Kích thước thư vượt quá giới hạn cho phép
        552 5.3.4 Message size exceeds fixed limit
        552 message size exceeds maximum message size
        error writing message: File too large
        554 5.3.4 Message too big for system
        552 5.2.3 Message size exceeds fixed maximum message size
        5.2.3 Your message is larger than the size limit set by the recipient
        552-5.2.3 Your message exceeded Google's message size limits
        Dung lượng thư quá lớn
    """,
    reasons.OUR_SERVER: """
        550 5.7.1 Client host 192.0.2.1 blocked using zen.spamhaus.org; Mail from IP banned
        554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.sorbs.net
        554 Denied [SHXBL] - Denied by Spamhaus XBL
        550 5.7.26 This mail has been blocked because the sender is unauthenticated. SPF did not pass, DKIM did not pass
        550 5.7.1 Unauthenticated email from lua.vn is not accepted due to domain's DMARC policy
        553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list
        550 5.7.25 The IP address sending this message does not have a PTR record setup
        450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]
        421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints
        421 too many connections from your IP
        421 RP-001 (COL004) Unfortunately, some messages from 192.0.2.1 weren't sent. Please try again.
        451 4.7.1 Greylisting in action, please come back later
        450 4.2.0 <lan@khach.vn>: Recipient address rejected: Greylisted for 5 minutes
        554-mx.khach.vn Your access to this mail system has been rejected due to the sending MTA's poor reputation
        550 5.7.511 Access denied, banned sender[192.0.2.1]
        421-4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address
        dial-up or dynamic-ip denied
        exceeded the rate limit
        Sender IP listed as spammer
        550 relay not permitted, authentication required
        Helo command rejected: need fully-qualified hostname
        452 4.3.1 Throttling
        421 4.7.0 [GL01] Message from (192.0.2.1) temporarily deferred
        450 too frequent connects from 192.0.2.1, please try again later.
        451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)
        451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections.
        550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP
        550 5.2.121 Recipient's per hour message receive limit from specific sender exceeded
        450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages
        550 5.1.0 <bounce@x.example> sender rejected. AUP#CDRBL
        550 Suspected spam ip
        550 IP 192.0.2.1 bị từ chối do nằm trong danh sách đen
    """,
    reasons.CONTENT: """
        552 5.7.0 This message was blocked because its content presents a potential security issue.
        554 5.7.1 Message rejected as spam by Content Filtering
        550 This message contains a virus (Eicar-Test-Signature)
        554 5.6.0 Message contains invalid attachment
        550 High probability of spam
        554 5.7.1 [P4] Message blocked due to spam content in the message.
        554 rejected due to spam content
        550 5.7.1 Thư bị từ chối vì nghi ngờ thư rác
        rejecting password protected file attachment
    """,
    reasons.UNREACHABLE: """
        connect to mx.khach.vn[192.0.2.9]:25: Connection timed out
        connect to mx.khach.vn[192.0.2.9]:25: Connection refused
        lost connection with mx.khach.vn[192.0.2.9] while performing the initial protocol greeting
        Name service error for name=khach.vn type=MX: Host not found, try again
        retry timeout exceeded
        Message could not be delivered for 5 days
        conversation with mx.khach.vn timed out while sending end of data
        mail for khach.vn loops back to myself
        554 5.4.6 Too many hops
        no route to host
        network is unreachable
        SMTP error from remote mail server after initial connection: 421 Server busy
        451 4.3.0 Temporary lookup failure
        450 4.1.1 try again later
        The recipient server did not accept our requests to connect.
        delivery temporarily suspended: connect to mx.khach.vn: Connection timed out
        system load is too high
        421 Service not available
        4.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail.
        550 5.4.317 Failed to establish appropriate TLS channel: Access Denied
        550 5.4.316 Message expired, connection refused (Socket error code 10061)
        Không thể kết nối tới máy chủ thư của người nhận
    """,
    reasons.REFUSED: """
        550 Sender verify failed
        550 Sender verification failed for <support@shop.vn>
        550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
        554 5.7.1 <lan@khach.vn>: Relay access denied
        550 Relaying denied
        550 5.7.1 RESOLVER.RST.AuthRequired; authentication required
        550 Administrative prohibition
        550 5.7.1 Message rejected due to local policy
        550 5.7.1 Your message was rejected by the recipient's organisation
        550 5.1.8 Sender address rejected: Domain not found
        550 You are not allowed to send to this group
        554 Transaction rejected by policy
        503 bad sequence of commands
        501 Syntax error in parameters
        smtp; 5.x.0 - Message bounced by administrator
        550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup
    """,
}  # fmt: skip


def _code(words: str) -> str:
    found = re.search(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])", words)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [(line.strip(), expected) for expected, lines in SAID.items() for line in lines.strip().splitlines()],
)
def test_the_words_of_mail_servers_are_understood(words: str, expected: str) -> None:
    assert reason(words, _code(words)) == expected


def test_no_user_after_the_text_is_a_filter_and_no_dead_address() -> None:
    """Japanese carriers know the address, and refuse for their customer under the words of an unknown one."""
    at_once = "550 Unknown user lan@khach.example (in reply to RCPT TO command)"
    later = "550 Unknown user lan@khach.example (in reply to end of DATA command)"
    transcript = ">>> DATA\n<<< 550 Unknown user lan@khach.example\n554 5.0.0 Service unavailable"
    pipelined = ">>> DATA\n<<< 550 5.1.1 <lan@khach.example>... User unknown\n<<< 503 5.0.0 Need RCPT (recipient)"

    assert [reason(words, "5.0.0") for words in (at_once, later, transcript, pipelined)] == [
        *(reasons.UNKNOWN_ADDRESS, reasons.REFUSED, reasons.REFUSED, reasons.UNKNOWN_ADDRESS),
    ]


def test_a_name_in_an_address_is_no_reason() -> None:
    assert reason("550 5.2.0 <spam-full-quota@khach.example>", "5.2.0") == reasons.OTHER


def test_a_code_speaks_where_the_words_say_nothing() -> None:
    assert reason("delivery failed", "5.2.2") == reasons.MAILBOX_FULL
    assert reason("delivery failed", "4.4.7") == reasons.UNREACHABLE
    assert reason("", "") == reasons.OTHER


@pytest.mark.parametrize("piece", ["a", "user ", "@ ", "mailbox exceed ", "no such to to ", "ip address "])
def test_hostile_words_take_no_time(piece: str) -> None:
    started = time.process_time()

    reason(piece * 100_000, "5.0.0")

    assert time.process_time() - started < 2
