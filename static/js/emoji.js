// ":" in the composer: a few pictures that are asked for by their names, in English or Vietnamese.
const LIST = "😀 grin smile cuoi|😊 smile happy vui|😉 wink nhay mat|🙂 smile|😂 laugh tears cuoi|😅 sweat phew|😍 love eyes yeu|🤗 hug om|🤔 think nghi|😐 neutral|😕 confused boi roi|😟 worried lo|😢 cry sad buon khoc|😭 cry sob khoc|😡 angry gian|😱 scream shock|🙏 thanks please pray cam on|👍 thumbs up yes good tot|👎 thumbs down no|👌 ok|👏 clap vo tay|🙌 hooray|💪 strong manh|🤝 handshake bat tay|👋 wave hello bye chao|✌️ peace|🤞 luck|❤️ heart love tim|💙 heart blue tim|💚 heart green tim|💔 broken heart|🎉 party celebrate chuc mung|🎁 gift qua|🎂 cake birthday sinh nhat|🌹 rose hoa hong|🌸 flower hoa|☕ coffee ca phe|🔥 fire hot lua|⭐ star sao|✨ sparkles|✅ done check xong|❌ no cross sai|⚠️ warning canh bao|❗ important|❓ question hoi|ℹ️ info|💡 idea y tuong|📌 pin ghim|📎 clip file dinh kem|📷 photo picture anh|📄 document file tai lieu|📦 parcel package goi hang|🚚 truck delivery giao hang|🏠 house home nha|🏦 bank ngan hang|💳 card payment the|💰 money tien|🧾 receipt bill hoa don|📅 calendar date lich|⏰ clock alarm gio|⏳ wait hourglass cho|📞 phone call goi dien|📱 mobile dien thoai|💻 computer may tinh|🖨️ printer may in|🔧 fix tool sua|🔒 lock khoa|🔑 key password mat khau|🔗 link|📧 mail email thu|🔍 search tim|🛒 cart shop gio hang".split("|")
  .map(line => { const [sign, ...names] = line.split(" "); return { sign, names }; });
const MOST = 8;

// "cam on" and "cảm ơn" both find 🙏
const fold = s => s.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("đ", "d");

export function emoji(text) {
  const wanted = fold(text), ul = document.createElement("ul");
  if (!/^[a-z]{2,}$/.test(wanted)) return ul;
  const found = LIST.filter(one => one.names.join(" ").includes(wanted));
  found.sort((a, b) => b.names.some(n => n.startsWith(wanted)) - a.names.some(n => n.startsWith(wanted)));
  for (const { sign, names } of found.slice(0, MOST)) {
    const li = document.createElement("li");
    li.className = "suggest__opt"; li.setAttribute("role", "option"); li.id = `emoji-${sign.codePointAt(0)}`; li.dataset.value = sign;
    li.append(sign, " ", Object.assign(document.createElement("small"), { className: "muted", textContent: names[0] }));
    ul.append(li);
  }
  return ul;
}
