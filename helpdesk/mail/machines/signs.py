"""
By what programs are known that write letters: names, headers and words, in many languages.

Words come last (mail/machines/guard.py): a header that says so is never wrong, and people write about machines too.
"""

import re
from typing import Final

from helpdesk.mail.machines.reasons import any_of

DAEMON: Final = re.compile(
    r"(?:mailer|mail|smtp|listserv|majordomo)[-_.]?(?:daemon|deliver\w*|system|er)?|postmaster|daemon"
    r"|mail\.delivery\.system|bounces?|double-bounce|microsoftexchange[0-9a-f]{32}|internet-mail-connector|system-administrator|mdaemon",
    re.IGNORECASE,
)
DAEMON_NAME: Final = any_of(
    r"mailer[- ]?daemon|mail delivery (?:sub)?system|delivery subsystem|^\W*postmaster|mail administrator",
    r"system administrator|delivery (?:failure|notification)|interscan",
)
NOBODY: Final = re.compile(
    r"(?:no|do[-_.]?not|dont|not|never)[-_.]?(?:reply|respond|answer)\w*|(?:\w{1,40}[-_.])?no-?reply(?:[-_.+]\w{1,60})?"
    r"|khong-?tra-?loi|notifications?|nobody|root|cron|anacron|www-data|apache|nginx|wordpress|sysadmin-noreply"
    r"|vacation|unattended|unmonitored|system"
    r"|[\w.-]{1,60}-(?:bounces?|request)|owner-[\w.-]{1,60}|mailman(?:-owner)?|newsletters?|monitoring"
    r"|auto[-_.]?(?:reply|respond(?:er)?|mailer|matic|mated|confirm)\w*"
    r"|(?:nagios|zabbix|icinga|monit|munin|grafana|prometheus|alertmanager|jenkins|logwatch|fail2ban|uptime\w*|backups?"
    r"|alerts?)\d?",
    re.IGNORECASE,
)
# Only at the very beginning: a person who answers an automatic reply has "Re:" before it.
OUT: Final = re.compile(
    r"\W{0,3}(?:"
    r"auto(?:matic|mated)?[- ]?(?:reply|response|answer|responder)\b|auto(?:reply|response)?:|ooo\s*[:-]"
    r"|out[- ]of[- ](?:the[- ])?office|vacation (?:reply|response|notice)"
    r"|away from (?:my )?(?:mail|desk|office)|i(?: am|'m) (?:currently )?(?:out|away)\b"
    r"|(?:away|on (?:vacation|holiday|annual leave)) (?:from|until|till)\b|(?:thư )?trả lời tự động"
    r"|tự động trả lời|phản hồi tự động|tự động phản hồi|thư tự động\s*[:-]"
    r"|thông báo (?:vắng mặt|nghỉ phép)|(?:tự động|vắng mặt|nghỉ phép|đi công tác)\s*[:-]\s*(?:re|tl|trả lời|\[)\W"
    r"|(?:hiện )?không có mặt (?:tại|ở) (?:văn phòng|công ty|cơ quan)|ngoài văn phòng\s*[:-]"
    r"|tôi (?:hiện )?đang (?:đi )?(?:vắng|nghỉ)|(?:vắng mặt|nghỉ phép) (?:đến|từ)\b|automatische antwort"
    r"|abwesen(?:heits(?:notiz|meldung|assist)|[dt]\s*[:-])|nicht im büro\s*[:-]|réponse automatique"
    r"|message d['’]absence|absence du bureau|absent du bureau|poissa\s*[:-]"
    r"|respuesta automática"
    r"|fuera de (?:la )?oficina\s*(?:[:-]|$)|resposta automática|fora do escritório\s*(?:[:-]|$)"
    r"|risposta automatica|fuori (?:sede|ufficio)\s*(?:[:-]|$)|автоматический ответ|автоответ"
    r"|(?:自动回复|自動回覆|自動返信"
    r"|自动答复|不在通知|부재중|자동 ?(?:응답|회신))|automatisch antwoord|afwezig(?:heidsassistent|\s*[:-])"
    r"|automatiskt svar|autosvar|automatisk svar|frånvaro(?:meddelande|\s*[:-])|automaattinen vastaus"
    r"|automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|nieobecność\s*[:-]"
    r"|automatická odpověď|otomatik yanıt"
    r"|balasan otomatis"
    r")",
    re.IGNORECASE,
)
CHALLENGE: Final = any_of(
    r"please (?:confirm|verify) (?:that you are|your (?:e-?mail|message|address|identity))|sender verification",
    r"challenge[- ]response",
    r"(?:your )?(?:message|e-?mail|mail)\b.{0,60}(?:await|requires|held).{0,20}(?:moderat|approv|confirm|verif)",
    r"confirm(?:ation)? .{0,30}(?:to deliver|deliver your|required for your (?:message|e-?mail))|\[?spam ?arrest",
    r"\bboxbe\b|tmda\b",
)
SAYS_SO: Final = any_of(
    r"this (?:is|was) an? auto(?:mat(?:ed|ic(?:ally)?))?[- ]?(?:generated|reply|response|message|e-?mail|mail|notif)",
    r"(?:automatically|auto[- ])generated (?:message|e-?mail|reply|response)",
    r"(?:do not|don't) (?:reply|respond) to this",
    r"please do not (?:reply|respond)",
    r"i(?: am|'m) (?:currently )?(?:out of (?:the )?office|on (?:annual |parental |sick )?leave until)",
    r"(?:thư|email|tin nhắn) này (?:được|là) .{0,20}tự động|(?:vui lòng|xin) (?:đừng|không) (?:trả lời|phản hồi)",
    r"đây là (?:một )?(?:thư|email|tin nhắn|phản hồi|câu trả lời)\b.{0,30}tự động",
    r"tôi (?:hiện )?đang (?:nghỉ phép|vắng mặt|đi công tác)|tôi (?:hiện )?(?:đang )?không có mặt (?:tại|ở)",
    r"(?:dies ist|das ist) eine automatisch",
    r"ich bin .{0,40}nicht im (?:büro|haus)",
    r"je suis (?:actuellement )?absente?|ceci est une réponse automatique|estoy fuera de la oficina",
    r"estou fora do escritório",
    r"sono fuori (?:sede|ufficio)|это автоматическ|меня нет в офисе|本邮件.{0,10}自动|このメールは.{0,10}自動",
)
ANSWERED: Final = any_of(r"\s*(?:re|fwd?|aw|wg|tr|rv|sv|antw|odp|回复|转发|chuyển tiếp|trả lời)\s*(?:\[\d+\])?[:：]")
YOURS: Final = any_of(
    r"your (?:e-?mail|message|letter)\b.{0,80}(?:not (?:be )?deliver|could not|undeliver|rejected)",
    r"(?:thư|email) của (?:bạn|quý khách)\b.{0,80}không (?:thể )?(?:gửi|chuyển|phát)",
)
FAILED: Final = any_of(
    r"undeliver|not? (?:be )?deliver|delivery (?:has )?(?:status|fail|problem|notification)|failure notice|notice : ",
    r"returned mail|mail (?:system )?(?:delivery )?(?:error|fail)|returning message|returned to sender|message delay",
    r"delayed \d|mail delay|permanent (?:fatal )?error|did not reach|could ?n[o']t (?:be )?(?:deliver|send)",
    r"unable to (?:deliver|send)|failed (?:mail|perman)|delivery errors|does not exist|user unknown",
    r"mailbox (?:is )?full|mailbox exceeds|delivery has been delayed|error delivering|connection timed out",
    r"failed \d+ attempts|exceeded maximum|unzustellbar|non remis|ne peut être|не доставлено",
    r"không (?:thể )?(?:gửi|chuyển|phát) (?:được|đến|thư)|thư bị trả lại|送信できません|配信できません|エラー通知|退信",
    r"no se (?:ha )?pud?o entregar|não foi entregue|loop alert|failure reasons|group (?:you tried|may not)",
    r"automatically rejected|mancata consegna|impossibile recapitare|no se (?:ha )?pudo (?:entregar|enviar)",
    r"falló la entrega",
    r"não pôde ser entregue|falha na entrega|échec de (?:la )?remise|nicht zugestellt|onbestelbaar|niet .{0,20}bezorgd",
    r"niedostarczon|nie dostarczono|не ?доставлен|не удалось доставить|无法投递|投递失败|系统退信|未送達|配信不能",
    r"반송|발송 실패",
    r"kunde inte levereras|gửi thư (?:không thành công|thất bại)|chưa (?:được )?gửi (?:được|đến)",
)
AUTO_HEADERS: Final = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply",
    "x-autogenerated-reply", "x-vacation", "x-ms-exchange-generated-message-source", "x-autogenerated",
    "x-autoresponse", "x-out-of-office", "x-fc-machinegenerated", "x-cron-env", "x-nagios-notification-type",
    "x-auto-generated",
)  # fmt: skip
LIST_HEADERS: Final = (
    "list-id",
    "list-unsubscribe",
    "list-post",
    "list-archive",
    "list-subscribe",
    "list-help",
    "list-owner",
    "x-list-unsubscribe",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
    "x-mlserver",
    "x-campaign-id",
    "x-campaignid",
    "x-facebook-notify",
    "x-github-reason",
    "x-notifications",
    "x-amazon-mail-relay-type",
)
