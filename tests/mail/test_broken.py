"""Letters that programs got wrong, each as small as the mistake: what a person would see of them."""

from typing import Any

import pytest

from helpdesk.mail.reading.parse import parse

MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"
ALTERNATIVE = "Content-Type: multipart/alternative; boundary=b\n\n"
PLAIN = "--b\nContent-Type: text/plain; charset=utf-8\n\n"
HTML = "--b\nContent-Type: text/html; charset=utf-8\n\n"
FILE = "--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; "

HEADERS: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "no headers at all": ("\nJust words.", {"text": "Just words."}),
    "no empty line": ("Subject: a\nDear all, this is text\n", {"subject": "a", "text": "Dear all, this is text\n"}),
    "empty": ("", {"subject": "", "text": "", "files": []}),
    "folded with tabs": ("Subject: one\n\ttwo\n  three\n\n", {"subject": "one two three"}),
    "folded over an empty line": ("Subject: one\n \n two\nTo: a@x.vn\n\n", {"subject": "one two", "to": ["a@x.vn"]}),
    "subject twice": ("Subject: first\nSubject: second\n\n", {"subject": "first"}),
    "name in any case": ("SUBJECT: a\nfRoM: b@x.vn\n\n", {"subject": "a", "sender": ("", "b@x.vn")}),
    "space before the colon": ("Subject : a\n\n", {"subject": "a"}),
    "mbox line": ("From lan@x.vn Mon Mar  2 09:00:00 2026\nSubject: a\n\nb", {"subject": "a", "text": "b"}),
    "quoted mbox line": (">From lan@x.vn Mon Mar  2 09:00:00 2026\nSubject: a\n\nb", {"subject": "a"}),
    "byte order mark": ("\ufeffSubject: a\n\nb", {"subject": "a", "text": "b"}),
    "name turned around": ("From: \u202elan\u202c <a@x.vn>\n\n", {"sender": ("lan", "a@x.vn")}),
    "stray line between": ("Subject: a\nthis is no header\nTo: b@x.vn\n\nc", {"subject": "a", "to": ["b@x.vn"]}),
    "bare CR": ("Subject: a\rTo: b@x.vn\r\rHello\ryou", {"subject": "a", "to": ["b@x.vn"], "text": "Hello\nyou"}),
    "CR CR LF": ("Subject: a\r\r\nTo: b@x.vn\r\r\n\r\r\nHello", {"subject": "a", "to": ["b@x.vn"], "text": "Hello"}),
    "NUL in the subject": (b"Subject: a\x00b\n\n", {"subject": "ab"}),
    "raw UTF-8": (
        "Subject: Máy in\nFrom: Lan Nguyễn <a@x.vn>\n\n",
        {"subject": "Máy in", "sender": ("Lan Nguyễn", "a@x.vn")},
    ),
    "raw KOI8 as the body says": (
        b"Subject: \xd0\xd2\xc9\xd7\xc5\xd4\nContent-Type: text/plain; charset=koi8-r\n\n\xd0\xd2\xc9\xd7\xc5\xd4",
        {"subject": "привет", "text": "привет"},
    ),
    "raw TCVN3": (b"Subject: Kh\xabng \xae\xa8ng nh\xcbp \xae\xad\xeec\n\n", {"subject": "Không đăng nhập được"}),
    "encoded word split in a letter": ("Subject: =?utf-8?B?TcM=?= =?utf-8?B?oXk=?=\n\n", {"subject": "Máy"}),
    "encoded words of two kinds": ("Subject: =?utf-8?Q?M=C3?= =?UTF-8?B?oXk=?=\n\n", {"subject": "Máy"}),
    "encoded word without padding": ("Subject: =?utf-8?B?TcOheQ?=\n\n", {"subject": "Máy"}),
    "encoded word with spaces": ("Subject: =?utf-8?Q?M=C3=A1y in?=\n\n", {"subject": "Máy in"}),
    "encoded words glued": ("Subject: Re:=?utf-8?Q?M=C3=A1y?=in\n\n", {"subject": "Re:Máyin"}),
    "encoded word folded within": ("Subject: =?utf-8?Q?M=C3=A1y\n _in?=\n\n", {"subject": "Máy in"}),
    "encoded word in quotes": ('From: "=?utf-8?Q?M=C3=A1y?=" <a@x.vn>\n\n', {"sender": ("Máy", "a@x.vn")}),
    "encoded word with a language": ("Subject: =?utf-8*vi?Q?M=C3=A1y?=\n\n", {"subject": "Máy"}),
    "encoded word in ISO-2022-JP": (
        "Subject: =?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=\n\n",
        {"subject": "こんにちは"},
    ),
    "encoded word that is none": ("Subject: =?what? 100% =?\n\n", {"subject": "=?what? 100% =?"}),
    "encoded word that ends nowhere": ("Subject: =?utf-8?Q?M=C3=A1y\n\n", {"subject": "=?utf-8?Q?M=C3=A1y"}),
    "encoded address": ("From: =?utf-8?Q?a=40x=2Evn?= <b@x.vn>\n\n", {"sender": ("a@x.vn", "b@x.vn")}),
    "comma in a bare name": ("From: Nguyễn, Lan <a@x.vn>\n\n", {"sender": ("Nguyễn, Lan", "a@x.vn")}),
    "dots in a bare name": ("From: Dr. L. v. Beethoven <a@x.vn>\n\n", {"sender": ("Dr. L. v. Beethoven", "a@x.vn")}),
    "comment for a name": ("From: a@x.vn (Lan (the one) Nguyễn)\n\n", {"sender": ("Lan the one Nguyễn", "a@x.vn")}),
    "comment in the address": ("From: Lan <a(home)@x.vn>\n\n", {"sender": ("Lan", "a@x.vn")}),
    "group": ("To: Team: a@x.vn, Lan <b@x.vn>;, c@x.vn\n\n", {"to": ["a@x.vn", "b@x.vn", "c@x.vn"]}),
    "empty group": ("To: undisclosed-recipients:;\n\n", {"to": []}),
    "semicolons between": ("To: a@x.vn; b@x.vn\n\n", {"to": ["a@x.vn", "b@x.vn"]}),
    "unclosed quote": ('From: "Lan <a@x.vn>\n\n', {"sender": ("Lan", "a@x.vn")}),
    "unclosed bracket": ("From: Lan <a@x.vn\n\n", {"sender": ("Lan", "a@x.vn")}),
    "brackets twice": ("From: Lan <<a@x.vn>>\n\n", {"sender": ("Lan", "a@x.vn")}),
    "address in quotes": ("From: \"'a@x.vn'\" <a@x.vn>\n\n", {"sender": ("'a@x.vn'", "a@x.vn")}),
    "route": ("From: Lan <@relay.vn,@other.vn:a@x.vn>\n\n", {"sender": ("Lan", "a@x.vn")}),
    "no address": ("From: Lan\n\n", {"sender": ("Lan", "")}),
    "spaces in the address": ("From: Lan < a @ x.vn >\n\n", {"sender": ("Lan", "a@x.vn")}),
    "backslashes in the name": ('From: "Lan \\"Bé\\" Nguyễn" <a@x.vn>\n\n', {"sender": ('Lan "Bé" Nguyễn', "a@x.vn")}),
}

BODIES: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "no boundary named": ("Content-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\na\n--b--", {"text": "a"}),
    "another boundary than named": (
        "Content-Type: multipart/mixed; boundary=x\n\n--b\nContent-Type: text/plain\n\na\n"
        + FILE
        + "filename=f\n\nc\n--b--",
        {"text": "a", "files": [("f", b"c")]},
    ),
    "boundary never comes": (MIXED + "Only words.", {"text": "Only words."}),
    "not closed": (MIXED + PLAIN + "a\n" + FILE + "filename=f\n\nc\n", {"text": "a", "files": [("f", b"c\n")]}),
    "closed too early": (
        MIXED + PLAIN + "a\n--b--\n" + FILE + "filename=f\n\nc\n--b--\n",
        {"text": "a", "files": [("f", b"c")]},
    ),
    "boundary within the boundary": (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n"
        "--bb\nContent-Type: text/plain\n\na\n--bb\nContent-Type: text/html\n\n<b>a</b>\n--bb--\n"
        + FILE
        + "filename=f\n\nc\n--b--",
        {"text": "a", "html": "<b>a</b>", "files": [("f", b"c")]},
    ),
    "the same boundary twice": (
        MIXED + "--b\n" + ALTERNATIVE + PLAIN + "a\n" + HTML + "<b>a</b>\n--b--\n" + FILE + "filename=f\n\nc\n--b--\n",
        {"text": "a", "html": "<b>a</b>", "files": [("f", b"c")]},
    ),
    "inner one not closed": (
        MIXED
        + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\na\n"
        + FILE
        + "filename=f\n\nx\n--b--",
        {"text": "a", "files": [("f", b"x")]},
    ),
    "boundary in quotes with spaces": (
        'Content-Type: multipart/mixed; boundary="a b=?_"\n\n--a b=?_\n\nwords\n--a b=?_--',
        {"text": "words"},
    ),
    "boundary in single quotes": (
        "Content-Type: multipart/mixed; boundary='b'\n\n--b\n\nwords\n--b--",
        {"text": "words"},
    ),
    "boundary of single quotes": (
        "Content-Type: multipart/mixed; boundary='b'\n\n--'b'\n\nwords\n--'b'--",
        {"text": "words"},
    ),
    "character set named by the page": (
        b"Content-Type: text/html\n\n<head><meta charset=koi8-r></head><p>\xd0\xd2\xc9\xd7\xc5\xd4</p>",
        {"text": "привет"},
    ),
    "page that is UTF-8 whatever it names": (
        "Content-Type: text/html\n\n<head><meta charset=koi8-r></head><p>Máy</p>",
        {"text": "Máy"},
    ),
    "title in the middle": ("Content-Type: text/html\n\n<p>Hi</p><title>Mail</title>", {"text": "Hi"}),
    "boundary with blanks behind": (MIXED + "--b  \t\n\na\n--b--  \n", {"text": "a"}),
    "line ends of two kinds": (MIXED.replace("\n", "\r\n") + PLAIN + "a\n--b--\r\n", {"text": "a"}),
    "part without an empty line": (MIXED + "--b\nContent-Type: text/plain\n--b--", {"text": ""}),
    "multipart in base64": (
        "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgp3b3JkcwotLWItLQo=",
        {"text": "words"},
    ),
    "empty text beside HTML": (ALTERNATIVE + PLAIN + " \n" + HTML + "<p>Máy in</p>\n--b--", {"text": "Máy in"}),
    "empty text beside HTML, then a footer": (
        MIXED
        + "--b\n"
        + ALTERNATIVE.replace("=b", "=c")
        + "--c\n\n\n--c\nContent-Type: text/html\n\n<p>Hi</p>\n--c--\n"
        + PLAIN
        + "footer\n--b--",
        {"text": "Hi\nfooter"},
    ),
    "HTML only": ("Content-Type: text/html\n\n<p>a<br>b</p><ul><li>c</ul>", {"text": "a\nb\n\n- c"}),
    "HTML as a file in an alternative": (
        ALTERNATIVE
        + PLAIN
        + "a\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=r.html\n\n<b>\n--b--",
        {"text": "a", "html": "", "files": [("r.html", b"<b>")]},
    ),
    "alternative in the wrong order": (
        ALTERNATIVE + HTML + "<b>x</b>\n" + PLAIN + "x\n--b--",
        {"text": "x", "html": "<b>x</b>"},
    ),
    "type twice": ("Content-Type: text/html\nContent-Type: text/plain\n\na < b", {"text": "a < b", "html": ""}),
    "type is nonsense": ("Content-Type: garbage\n\nwords", {"text": "words"}),
    "type is one word": ("Content-Type: text\n\nwords", {"text": "words"}),
    "other words": ("Content-Type: text/markdown\n\n# words", {"text": "# words", "files": [("", b"# words")]}),
    "enriched": ("Content-Type: text/enriched\n\n<bold>hi</bold> you", {"text": "hi you"}),
    "encoding is nonsense": ("Content-Transfer-Encoding: rot13\n\nwords", {"text": "words"}),
    "encoding with a comment": ("Content-Transfer-Encoding: base64 (yes)\n\nTcOheQ==", {"text": "Máy"}),
    "base64 with junk": (
        "Content-Transfer-Encoding: base64\nContent-Type: application/x-a; name=f\n\n!TcO*heQ=?=",
        {"files": [("f", "Máy".encode())]},
    ),
    "base64 in pieces": ("Content-Transfer-Encoding: base64\n\nTcOh\neQ==\nIGlu\n", {"text": "Máy in"}),
    "base64 and a footer below": (
        "Content-Transfer-Encoding: base64\n\nTcOheSBpbg==\n____________\nsent by a list, see http://x.vn\n",
        {"text": "Máy in\n____________\nsent by a list, see http://x.vn\n"},
    ),
    "words that are called base64": (
        "Content-Transfer-Encoding: base64\n\nHello you there in the office",
        {"text": "Hello you there in the office"},
    ),
    "quoted-printable broken": (
        "Content-Transfer-Encoding: quoted-printable\n\n100% =ZZ =C3=A1 = \nx=",
        {"text": "100% =ZZ á x"},
    ),
    "quoted-printable in small letters": ("Content-Transfer-Encoding: Quoted-Printable\n\nM=c3=a1y", {"text": "Máy"}),
    "unknown character set": ("Content-Type: text/plain; charset=x-never\n\nMáy", {"text": "Máy"}),
    "binary text": (b"Content-Type: text/plain; charset=utf-16\n\n\xff\xfeM\x00\xe1\x00y\x00", {"text": "Máy"}),
    "flowed": (
        "Content-Type: text/plain; format=flowed\n\none \ntwo\n> old \n> words\n>> older\n-- \nme",
        {"text": "one two\n> old words\n>> older\n-- \nme"},
    ),
    "flowed with DelSp": (
        "Content-Type: text/plain; format=flowed; delsp=yes\n\nkhông \ncó\n stuffed",
        {"text": "khôngcó\nstuffed"},
    ),
    "uuencoded within": (
        "\nBefore\nbegin 644 a.txt\n#86)C\n`\nend\nAfter\n",
        {"text": "Before\nAfter\n", "files": [("a.txt", b"abc")]},
    ),
    "message/partial": (
        "Content-Type: message/partial; id=a; number=1; total=2\n\nSubject: x\n\ny",
        {"text": "", "files": [("", b"Subject: x\n\ny")]},
    ),
    "message/external-body": (
        MIXED
        + PLAIN
        + "a\n--b\nContent-Type: message/external-body; access-type=URL\n\nContent-Type: image/png\n\n--b--",
        {"text": "a", "files": [("", b"Content-Type: image/png\n")]},
    ),
    "headers of another letter": (
        MIXED + PLAIN + "a\n--b\nContent-Type: text/rfc822-headers\n\nSubject: lost\n--b--",
        {"text": "a", "files": [("", b"Subject: lost")]},
    ),
    "digest": (
        "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\n1\n--b\n\nSubject: two\n\n2\n--b--",
        {"text": "", "files": [("", b"Subject: one\n\n1"), ("", b"Subject: two\n\n2")]},
    ),
    "signed": (
        "Content-Type: multipart/signed; boundary=b\n\n" + PLAIN + "a\n--b\nContent-Type: application/pgp-signature; "
        "name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\n\nabc \n-----END PGP SIGNATURE-----\n--b--",
        {
            "text": "a",
            "files": [("signature.asc", b"-----BEGIN PGP SIGNATURE-----\n\nabc \n-----END PGP SIGNATURE-----")],
        },
    ),
    "encrypted": (
        (
            "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\n"
            "Version: 1\n--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\nxyz\n--b--"
        ),
        {"text": "", "files": [("", b"Version: 1"), ("encrypted.asc", b"xyz")]},
    ),
    "calendar": (
        ALTERNATIVE + PLAIN + "Meet.\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--",
        {"text": "Meet.", "files": [("", b"BEGIN:VCALENDAR")]},
    ),
    "picture named by its place": (
        "Content-Type: multipart/related; boundary=b\n\n" + HTML + '<img src="pic.png">\n--b\nContent-Type: image/png\n'
        "Content-Location: pic.png\n\nPNG\n--b--",
        {"html": '<img src="cid:pic.png">', "files": [("", b"PNG")]},
    ),
}

NAMES: dict[str, tuple[str, str]] = {
    "plain": ("filename=a.pdf", "a.pdf"),
    "quoted": ('filename="a b; c.pdf"', "a b; c.pdf"),
    "RFC 2231": ("filename*=utf-8''h%C3%B3a%20%C4%91%C6%A1n.pdf", "hóa đơn.pdf"),
    "RFC 2231 with a language": ("filename*=utf-8'vi'h%C3%B3a.pdf", "hóa.pdf"),
    "RFC 2231 in quotes": ("filename*=\"utf-8''h%C3%B3a.pdf\"", "hóa.pdf"),
    "RFC 2231 without a set": ("filename*=''h%C3%B3a.pdf", "hóa.pdf"),
    "RFC 2231 without anything": ("filename*=h%C3%B3a.pdf", "hóa.pdf"),
    "in pieces": ('filename*0="rất dài "; filename*1="lắm.pdf"', "rất dài lắm.pdf"),
    "in encoded pieces": ("filename*0*=utf-8''h%C3%B3; filename*1*=a%20; filename*2=b.pdf", "hóa b.pdf"),
    "in pieces out of order": ('filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
    "in pieces, split within a letter": ("filename*0*=utf-8''h%C3; filename*1*=%B3a.pdf", "hóa.pdf"),
    "in pieces, the first one missing": ('filename*1="b.pdf"', "b.pdf"),
    "said twice": ("filename=\"hoa.pdf\"; filename*=utf-8''h%C3%B3a.pdf", "hóa.pdf"),
    "RFC 2047": ('filename="=?utf-8?Q?h=C3=B3a.pdf?="', "hóa.pdf"),
    "RFC 2047 bare": ("filename==?utf-8?B?aMOzYS5wZGY=?=", "hóa.pdf"),
    "RFC 2047 in pieces": ('filename*0="=?utf-8?B?aMOz"; filename*1="YS5wZGY=?="', "hóa.pdf"),
    "RFC 2047 twice": ('filename="=?utf-8?Q?h=C3=B3?= =?utf-8?Q?a.pdf?="', "hóa.pdf"),
    "raw": ('filename="hóa.pdf"', "hóa.pdf"),
    "single quotes": ("filename='a b.pdf'", "a b.pdf"),
    "unclosed": ('filename="a b.pdf', "a b.pdf"),
    "path of Windows": (r'filename="C:\Users\lan\a b.pdf"', "a b.pdf"),
    "spaces around": ('filename = "a.pdf" ', "a.pdf"),
    "in capitals": ('FILENAME="a.pdf"', "a.pdf"),
    "folded": ('filename="a\n b.pdf"', "a b.pdf"),
    "hidden end": ('filename="a\u202efdp.exe"', "afdp.exe"),
    "empty": ('filename=""', ""),
}


def _checked(source: str | bytes, wanted: dict[str, Any]) -> None:
    letter = parse(source.encode() if isinstance(source, str) else source)
    found = {
        "subject": letter.subject,
        "sender": (letter.sender.name, letter.sender.email),
        "to": [one.email for one in letter.to],
        "text": letter.text,
        "html": letter.html,
        "files": [(one.filename, one.content) for one in letter.attachments],
    }
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("case", HEADERS)
def test_headers_are_read_as_they_were_meant(case: str) -> None:
    _checked(*HEADERS[case])


@pytest.mark.parametrize("case", BODIES)
def test_words_and_files_are_read_as_they_were_meant(case: str) -> None:
    _checked(*BODIES[case])


@pytest.mark.parametrize("case", NAMES)
def test_file_names_are_read_as_they_were_meant(case: str) -> None:
    said, name = NAMES[case]
    _checked(f"{MIXED}{PLAIN}a\n{FILE}{said}\n\nc\n--b--", {"text": "a", "files": [(name, b"c")]})
