"""Emoji told in words, for typefaces that hold none: those that offers are written with."""

from __future__ import annotations

import re

_SAID = """
🐘大象 🦷牙齿 🐯老虎头 🐅老虎 🐆豹子 🐻熊 🐼熊猫 🦏犀牛 🦅鹰 🦉猫头鹰 🐢龟 🐍蛇 🐒猴子 🐵猴头 🐗野猪 🐷猪头 🐖猪
🐤小鸡 🐣破壳小鸡 🐥小鸡 🐦鸟 🦆鸭子 🦢天鹅 🐐山羊 🦌鹿 🐺狼 🦊狐狸 🐸青蛙 🦎蜥蜴 🐊鳄鱼 🦜鹦鹉 🦡獾 🦔刺猬 🐇兔子 🐰兔子头
🐿松鼠 🐱猫头 🐈猫 🦴骨头 🐾爪印 🐟鱼 🐠热带鱼 🐡河豚 🎣钓鱼 🐋鲸鱼 🐳喷水的鲸 🐬海豚 🦈鲨鱼 🦭海豹 🐙章鱼 🐚螺壳 🪸珊瑚
🦐虾 🦞龙虾 🦀螃蟹 🦪牡蛎 🐴马头 🐎马 🦓斑马 🐂公牛 🐃水牛 🐄奶牛 🐑绵羊 🐏公羊 🦘袋鼠 🐹仓鼠 🐭老鼠头 🐀老鼠 🐁小老鼠
🦫河狸 🦝浣熊 🦨臭鼬 🦦水獭 🦥树懒 🦍大猩猩 🦧红毛猩猩 🐶狗头 🐕狗 🐲龙头 🐉龙 🐓公鸡 🐔鸡 🐧企鹅 🦃火鸡 🦩火烈鸟 🦚孔雀
🪿鹅 🪶羽毛 🥚蛋 🪺有蛋的鸟巢 🪹空鸟巢 🐛毛毛虫 🐜蚂蚁 🐝蜜蜂 🪲甲虫 🦗蟋蟀 🕷蜘蛛 🕸蜘蛛网 🦂蝎子 🦋蝴蝶 🐌蜗牛 🦇蝙蝠 🐨考拉 🦁狮子
🐪骆驼 🐫双峰骆驼 🦙羊驼 🦒长颈鹿 🦛河马 🍄蘑菇 🌲松树 🌳树 🪵木头 🌴棕榈树 🌵仙人掌 🪴盆栽 🌿药草 🌱幼苗 🍀四叶草 🍃叶子 🍂落叶
🍁枫叶 🌺花 🌸樱花 🌼花 🌻向日葵 🌹玫瑰 🎄圣诞树 🩸血滴 🥩肉 🍖肉骨头 🍗鸡腿 🍲火锅 🥘菜锅 🍜面条 🥣碗 🍷酒杯 🍶酒瓶 🍾酒瓶 🍺啤酒
💊药丸 🧪试管 🔌插头 ⚡闪电 🔋电池 💥爆炸 💣炸弹 🧨鞭炮 🗡匕首 🔪刀 🔫手枪 🏹弓箭 🎯靶心 🔗链条 🪤捕鼠器 🪢绳结 🧵线 🥅球网
📷相机 📹摄像机 🔭望远镜 🔦手电筒 📢喇叭 📻收音机 💰钱袋 💵钞票 💴钞票 🪙硬币 💍戒指 📿念珠 👑王冠 💎宝石 🎁礼物 📦包裹 🚚货车 🚗汽车
✈飞机 📱手机 ☎电话 📞电话 💬对话 🛰卫星 🟢绿圆 🔴红圆 🔵蓝圆 💚绿心 💙蓝心 🖤黑心 💛黄心 🤍白心 ❤红心 🔥火 💧水滴 🌊海浪 🌙月亮 🌕满月
🏔雪山 🌟星星 👀眼睛 👁眼睛 👂耳朵 👃鼻子 👅舌头 🤚手掌 🖐手掌 🦶脚 👶婴儿 👦男孩 👧女孩 👨男人 👩女人 💀骷髅 🤝握手 🙏合十 👍点赞
👌好的 😄笑脸 😂笑哭 😁嘻笑 😍爱心眼 😭大哭 🤣大笑 😊微笑 🈶有 🈚无 🆕新 🆒酷 ✅对号 ❌叉号 ❗叹号 ❓问号
"""
NAMES = {pair[0]: pair[1:] for pair in _SAID.split()}
_JOINED = "[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*"  # variants, joiners, colours of skin: nothing that a word tells
_KNOWN = re.compile(f"[{''.join(NAMES)}]")
_DRESSED = re.compile(f"([{''.join(NAMES)}]){_JOINED}")


def in_words(text: str) -> str:
    """``🐘 出`` is ``〔大象表情〕 出``; what has no name here stays as it is."""
    return _KNOWN.sub(lambda found: f"〔{NAMES[found.group()]}表情〕", text)


def unjoined(text: str) -> str:
    """Each emoji by itself: what joins or dresses it would be told as a control character."""
    return _DRESSED.sub(r"\1", text)
