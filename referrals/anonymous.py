"""Makes texts fit to be told: people become 张某, shops 某网店, numbers and accounts 某…. A person checks the result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# the hundred commonest surnames and those of two characters: a name is only looked for behind a word such as 嫌疑人
SINGLE: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "唐罗薛雷贺倪汤滕殷毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝"
    "董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房解应宗丁宣邓郁单杭洪包诸左石崔吉龚程"
    "邢裴陆荣翁荀羊惠甄曲封储靳段焦巴牧山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉武符刘景詹束龙叶幸司韶郜黎薄印宿白怀蒲台鄂索咸籍赖"
    "卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂牛寿通边扈燕冀尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖"
    "庾终居衡步都耿满弘匡国文寇广禄阙东欧利师巩聂关荆游肖涂岳覃佘付闫"
)
DOUBLE: Final = "欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|长孙|令狐|宇文|东方|独孤|南宫"
ROLES: Final = (
    "犯罪嫌疑人|嫌疑人|违法嫌疑人|当事人|违法行为人|违法人员|被告人|被处罚人|被告|卖家|买家|店主|摊主|经营者|经营户|负责人|村民|居民|"
    "男子|女子|司机|收购人|猎捕人|饲养人|业主|老板|群众|上线|下线"
)
AFTER_NAMES: Final = frozenset(
    "在通于为将因被从与和、，。；：等的是有以经已曾向到利非私驾携涉（(及系自家用多伙同某出收购买卖捕猎贩运饲养杀"
)
PERSON: Final = re.compile(f"(?:{ROLES})[：: ]?(?:名叫|叫|为)?((?:{DOUBLE})|[{SINGLE}])([\u4e00-\u9fff]{{1,2}})")
SHOP_WORD: Final = "旗舰店|专营店|专卖店|网店|店铺|商行|饭店|酒楼|酒家|农家乐|餐馆|饭庄|工作室|花鸟店|野味店|渔具店|店"
SHOP: Final = re.compile(
    f"[^在于从向到的其某了将把与和经由及家一该本名称为叫是检查局对共各个类，。、；：“”（）()\\s]{{2,10}}(?:{SHOP_WORD})"
)
QUOTED: Final = re.compile('[“「『"]([^”」』"\n]{1,30})[”」』"]')
QUOTE_WORD: Final = re.compile(
    "(?:店|店铺|账号|帐号|昵称|网名|公众号|群|群聊|微信|闲鱼|抖音|快手|号|名为|名叫)[为是：:]?$"
)
NUMBERS: Final = (
    (re.compile(r"(?:https?://|www\.)[!-~]{1,2000}"), "某网址"),
    (re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"), "某邮箱"),
    (re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])"), "某身份证号"),
    (re.compile(r"(?<![0-9])1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])"), "某手机号"),
    (re.compile(r"(?<![0-9])0[0-9]{2,3}[- ]?[0-9]{7,8}(?![0-9])"), "某电话"),
    (re.compile(r"(?<![0-9])[0-9]{15,19}(?![0-9])"), "某账号"),
    (re.compile(r"[\u4e00-\u9fff][A-Z][·.]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"), "某车牌"),
)
ACCOUNT: Final = re.compile(
    r"(微信号?|薇信|QQ群?号?|qq群?号?|支付宝|抖音号?|快手号?|闲鱼|账号|帐号|微博)([ :：为是]{0,3})([A-Za-z0-9][A-Za-z0-9_\-]{4,29})"
)
ORDER: Final = "甲乙丙丁戊己庚辛壬癸"


def anonymise(text: str, sellers: Iterable[str] = (), contacts: Iterable[str] = ()) -> str:
    """`text` without names, numbers, accounts and shops. `sellers`, `contacts`: known ones, whatever they look like."""
    for value in sorted(set(contacts), key=len, reverse=True):
        if len(value) > 3:  # a shorter one stands in any text
            text = text.replace(value, "某账号")
    for name in sorted(set(sellers), key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, "某网店")
    for pattern, said in NUMBERS:
        text = pattern.sub(said, text)
    text = ACCOUNT.sub(lambda found: f"{found[1]}{found[2]}某账号", text)
    text = _people(text)
    text = QUOTED.sub(lambda found: _quoted(found, text), text)
    text = SHOP.sub(_shop, text)
    return text.replace("“某网店”", "某网店").replace("网店某网店", "某网店").replace("某某", "某")


def _people(text: str) -> str:
    names: dict[str, str] = {}
    for found in PERSON.finditer(text):
        surname, given = found[1], found[2]
        if given[0] in AFTER_NAMES:
            continue
        full = surname + (given if len(given) == 1 or given[1] not in AFTER_NAMES else given[0])
        names.setdefault(full, surname)
    surnames = list(names.values())
    for full, surname in sorted(names.items(), key=lambda one: -len(one[0])):
        same = [name for name, other in names.items() if other == surname]
        mark = ORDER[same.index(full) % len(ORDER)] if surnames.count(surname) > 1 else ""
        text = text.replace(full, f"{surname}某{mark}")
    return text


def _quoted(found: re.Match[str], text: str) -> str:
    said = found[1]
    before = text[max(found.start() - 6, 0) : found.start()]
    if QUOTE_WORD.search(before) or re.search(f"(?:{SHOP_WORD}|铺|阁|坊|斋|馆)$", said):
        return "“某网店”"
    return found[0]


def _shop(found: re.Match[str]) -> str:
    word = next(word for word in SHOP_WORD.split("|") if found[0].endswith(word))
    return f"某{word}"
