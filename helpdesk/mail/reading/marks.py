"""
What mail programs write around the words of people, in the languages that people set them to.

One phrase after the other, as the programs spell them; they are compared without case and accents.
"""

import re
from typing import Final

from helpdesk.core.text import fold


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(fold(" ".join(phrase.split())) for phrase in re.split(r",\s+", text.strip()))


def alternatives(phrases: tuple[str, ...]) -> str:
    """A part of a pattern that is any of these phrases."""
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


WROTE: Final = _phrases("""
wrote, writes, đã viết, viết, schrieb, schreibt, a écrit, ecrit, escreveu, escribió, ha scritto, skrev, schreef,
geschrieben, rakstīja, kirjutas, rašė, написа, geschreven, pisze, napisał, napisał(a), napisała, napsal, napsal(a),
napsala, napísal, napísal(a), написал, написала, написал(а), пишет, пише, написав, kirjoitti, yazdı, írta, a scris,
je napisao, je napisala, napisao je, έγραψε, menulis, เขียนว่า, 写道, 寫道, 写了, 書きました, のメッセージ, 작성,
썼습니다, כתב, כתבה, كتب
""")
"""The verb of "On … Lan wrote:"."""

WROTE_WITHOUT_SPACES: Final = _phrases("""
写道, 寫道, のメッセージ, 書きました, 작성, 썼습니다, เขียนว่า
""")
"""Those that may stand within a word, for their scripts have no spaces."""

FORMER_MESSAGE: Final = _phrases("""
Original Message, Original Appointment, Original E-mail, Forwarded message, Forwarded by, Reply message,
Replied Message, Thư gốc, Tin nhắn gốc, Tin gốc, Thông điệp gốc, Bản gốc, Thông báo gốc, Nội dung thư gốc, Email gốc,
E-mail gốc, Nội dung gốc, Tin nhắn ban đầu, Thư ban đầu, Thư chuyển tiếp, Thư được chuyển tiếp, Thư đã chuyển tiếp,
Thư đã được chuyển tiếp, Tin nhắn chuyển tiếp, Tin nhắn đã chuyển tiếp, Ursprüngliche Nachricht, Originalnachricht,
Original-Nachricht, Ursprüngliche E-Mail, Weitergeleitete Nachricht, Mensaje original, Mensaje reenviado,
Mensagem original, Mensagem encaminhada, Message d'origine, Message d’origine, Message original, Message transféré,
Courriel original, Mail original, Messaggio originale, Messaggio inoltrato, Oorspronkelijk bericht,
Doorgestuurd bericht, Originalmeddelande, Ursprungligt meddelande, Vidarebefordrat meddelande, Oprindelig meddelelse,
Oprindelig besked, Opprinnelig melding, Wiadomość oryginalna, Oryginalna wiadomość, Wiadomość przekazana,
Исходное сообщение, Пересылаемое сообщение, Оригинальное сообщение, Alkuperäinen viesti, Původní zpráva,
Původní e-mail, Pôvodná správa, Eredeti üzenet, Mesaj original, Orijinal Mesaj, Orijinal İleti, İletilen ileti,
Izvorna poruka, Αρχικό μήνυμα, Pesan asli, 原始邮件, 原始郵件, 原始信件, 原邮件, 转发邮件, 轉寄郵件,
回复的原邮件, 元のメッセージ, 転送メッセージ, 원본 메시지, 원본 메일, ข้อความต้นฉบับ
""")
"""Between dashes above a former letter: "-----Original Message-----"."""

_FROM: Final = _phrases("""
From, Từ, Người gửi, Gửi từ, Gửi bởi, Von, De, De la, Da, Från, Fra, Van, Od, От, От кого, Від, Від кого,
Expéditeur, Remitente, Remetente, Mittente, Absender, Afzender, Nadawca, Lähettäjä, Kimden, Gönderen, Odesílatel,
Feladó, Expeditor, Από, Dari, Pengirim, 发件人, 寄件者, 寄件人, 發件人, 差出人, 送信者, 보낸 사람, 보낸사람, จาก,
מאת, من
""")
"""The header block above a former letter: who wrote it."""

_DATE: Final = _phrases("""
Sent, Date, Ngày gửi, Đã gửi, Ngày, Gửi, Gửi lúc, Gửi vào, Thời gian, Thời gian gửi, Lúc, Gesendet, Datum, Envoyé,
Enviado, Enviado el, Enviada em, Enviado em, Fecha, Data, Inviato, Skickat, Sendt, Dato, Verzonden, Wysłano, Дата,
Отправлено, Надіслано, Date d'envoi, Lähetetty, Päivämäärä, Pvm, Tarih, Gönderildi, Gönderme Tarihi, Odesláno,
Odoslané, Dátum, Elküldve, Trimis, Στάλθηκε, Ημερομηνία, Dikirim, Tanggal, 发送时间, 发送日期, 日期, 時間, 寄件日期,
送信日時, 日付, 日時, 보낸 날짜, 날짜, วันที่, ส่ง, נשלח, تاريخ
""")
"""When it was sent."""

_TO: Final = _phrases("""
To, Đến, Tới, Người nhận, Gửi tới, Gửi đến, An, À, A, Para, Till, Til, Aan, Do, Кому, Destinataire, Destinatario,
Destinatário, Empfänger, Vastaanottaja, Kime, Alıcı, Komu, Címzett, Către, Προς, Kepada, Ke, 收件人, 收件者, 宛先,
받는 사람, 받는사람, ถึง, אל, إلى
""")
"""To whom."""

_SUBJECT: Final = _phrases("""
Subject, Tiêu đề, Chủ đề, Betreff, Objet, Asunto, Assunto, Oggetto, Ämne, Emne, Onderwerp, Temat, Тема, Sujet, Aihe,
Konu, Předmět, Predmet, Tárgy, Subiect, Θέμα, Perihal, Subjek, 主题, 主題, 主旨, 件名, 제목, เรื่อง, נושא, الموضوع
""")
"""What about."""

_OTHER: Final = _phrases("""
Cc, Bcc, Kopie, Copie, Reply-To, Trả lời, Trả lời tới, Đồng gửi, Bản sao, Đồng kính gửi, Risposta, Importance,
Mức độ quan trọng, Organization, Đính kèm, Tệp đính kèm, Attachments, 抄送, 副本, 참조
""")
"""What else stands in such a block."""

LABELS: Final = {
    label: about
    for about, labels in {"from": _FROM, "date": _DATE, "to": _TO, "subject": _SUBJECT, "other": _OTHER}.items()
    for label in labels
}
"""The label of a line in a header block → what the line is about."""

SENT_FROM: Final = _phrases("""
Sent from, Sent via, Sent with, Sent using, Written from, Written with, Đã gửi từ, Được gửi từ, Gửi từ,
Được gửi bằng, Được gửi qua, Gửi bằng, Gửi với, Được gửi với, Viết từ, Gesendet von, Gesendet mit, Gesendet aus,
Von meinem, Von, Diese Nachricht wurde von, Sendt fra, Sendt med, Skickat från, Skickades från, Verzonden vanaf,
Verzonden vanuit, Verzonden met, Verstuurd vanaf, Verstuurd met, Envoyé de, Envoyé depuis, Envoyé à partir de,
Envoyé avec, Enviado desde, Enviado do, Enviado de, Enviado a partir do, Enviado con, Enviado pelo, Inviato da,
Inviato dal, Inviato con, Wysłane z, Wysłano z, Отправлено с, Отправлено из, Надіслано з, Odesláno z, Odeslané z,
Odoslané z, Lähetetty, Trimis de pe, Elküldve, Dikirim dari, 发自我的, 发自, 從我的, 从我的, 来自, Στάλθηκε από
""")
"""How "Sent from my iPhone" begins."""

GET: Final = _phrases("""
Get, Download, Tải, Tải xuống, Tải về, Nhận, Lấy, Télécharger, Obtenez, Obtenir, Obtener, Obter, Scarica, Ottieni,
Pobierz, Holen Sie sich, Hämta, Hent, Stáhnout
""")
"""How "Get Outlook for iOS" begins."""

MINE: Final = _phrases("""
my, của tôi, của mình, của em, mein, meinem, mon, mi, min, mijn, meu, mio, moego, моего, 我的, 나의, saya
""")
"""What makes any telephone a device of the writer's."""

ABOUT_DEVICES: Final = _phrases("""
az, saya, 나의, 傳送, мобильной, почты, dal mio, my, please, excuse, pardon, apologies, apologize, sorry, any, typo,
typos, errors, mistakes, brevity, terse, short, spelling, message, mobile, phone, smartphone, tablet, device,
wireless, handheld, capable, an, a, the, on, for, from, with, via, app, mail, email, e-mail, secure, network, của,
tôi, mình, em, trên, dành, cho, điện, thoại, thông, minh, thiết, bị, di, động, máy, tính, bảng, ứng, dụng, thư, từ,
hộp, mein, meinem, meiner, gerät, handy, mobiltelefon, android-mobiltelefon, mit, gesendet, wurde, mon, mi, min,
mijn, meu, mio, mobil, téléphone, portable, teléfono, móvil, celular, appareil, dispositivo, для, моего, устройства,
мобильного, телефона, pour, para, per, für, voor, til, för, dla, с, з, z, de, do, da, dal, del, la, le, and, và,
我的, 手机, 手機, 发送, all, new, best, free, work, an, toàn, bảo, mật, bằng, với, xin,
vui, lòng, thứ, lỗi, tha, vì, viết, ngắn, gọn, sự, mạng
""")
"""The small words of such a line."""
