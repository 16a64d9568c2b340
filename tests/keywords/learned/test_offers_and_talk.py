"""The bluntest offers, and the plainest talk with the same words: what the product makes of sentences nobody fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.results import Verdict

if TYPE_CHECKING:
    from keywords.detector import Detector

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
SURE = (
    "出售象牙手镯 3000元", "低价出猎套", "求购娃娃鱼", "出售象牙", "收购穿山甲鳞片", "出画眉一只", "卖熊掌", "出售捕鸟网", "出售捕兽夹", "粘鸟网批发 10元一张",
    "收购眼镜蛇", "求购麝香", "虎皮出售", "出售电鱼机 600", "地龙仪 出 800",
)  # fmt: skip
BLUNT = (
    *SURE, "卖电鱼竿 包邮", "电鱼机一套 600 自提", "老鹰一只 800", "果子狸有货", "虎骨酒 500一斤", "砗磲手串 288 包邮", "卖野生甲鱼", "玳瑁手镯出", "犀牛角杯 2万", "缅陆 600 自提",
    "有娃娃鱼卖", "出售气枪", "卖穿山甲", "熊胆粉 100一克", "羚羊角 出", "豹皮一张 出", "红珊瑚手串 转让", "出售猕猴", "求购狼牙", "出售猎夹 20元一个", "可视锚鱼器 1200",
    "出售毒鱼药", "出售炸鱼雷管", "绝户网 便宜出", "出售排铳", "电媒机 出", "穿山甲片 2000一斤", "果子狸现货 发全国", "出售猫头鹰标本", "出斑鸠 15一只", "收斑鸠",
    "出售禾花雀", "大雁 活的 300", "黄缘闭壳龟 出", "鳄龟苗 出", "蟒蛇一条 出售", "出售盔犀鸟头", "出售雪豹皮", "收虎牙 高价", "出售海龟标本", "玳瑁标本 1500",
    "黄唇鱼胶 出售", "出售中华鲟", "野生石斛 80一斤", "崖柏料子 出", "下山兰 10元一苗", "野兔 套的 60一只", "出售野猪肉 30一斤", "麂子肉 有货", "竹鼠 野生 100",
    "鹩哥会说话 2000", "非洲灰鹦鹉 手养 3000 出", "蜂猴一只 出",
)  # fmt: skip
FOUND = 0.80  # of the blunt offers; a name and a figure without a verb are the ones that are missed
OBJECTS = (
    "象牙", "犀牛角", "虎骨", "虎皮", "穿山甲", "穿山甲鳞片", "猫头鹰", "画眉", "娃娃鱼", "果子狸", "熊掌", "玳瑁", "砗磲", "麝香", "猎套", "猎夹", "捕鸟网",
    "地枪", "电鱼机", "绝户网", "可视锚鱼器", "地龙仪",
)  # fmt: skip
TALK = (
    "新闻：海关查获走私{}一批，三名嫌疑人已被刑拘", "县林业局发布通告：严禁非法猎捕、买卖{}，违者依法追究责任", "我在网上看到有人卖{}，已经向12345举报并附上截图",
    "法院一审宣判：被告人非法收购{}，判处有期徒刑三年", "民警走访农贸市场，宣传不买不卖{}", "请问{}为什么受到这么严格的管理？想听听科普",
)  # fmt: skip
NEGATIVES = (
    # colours, patterns, shapes
    "象牙白乳胶漆 五升装 净味 现货", "玳瑁色发夹 一对 9.9 包邮", "豹纹半身裙 中长款 两件八折", "虎纹地毯 客厅用 1米6 包安装", "孔雀蓝窗帘 遮光 按米卖", "鹿角造型衣帽架 实木 自提 120",
    "熊掌形坐垫 毛绒 加厚 39元", "蛇皮袋 编织袋 装粮食 一块二一个",
    # brands and models
    "穿山甲充电钻 保修一年 380 顺丰", "猫头鹰散热器 全新未拆 450 可小刀", "海豚音箱 九成新 出 200", "转让海马轿车 2016款 跑了八万公里", "黑豹木工机床 二手 面议", "雪豹冲锋衣 男款 L码 出 300",
    "金丝猴奶糖 五斤装 批发", "飞鹰刀片 整盒 包邮 15",
    # games, toys, books, films
    "王者荣耀账号 猎鹰皮肤 出 600 可验号", "原神 象牙材料在哪里刷", "积木恐龙 霸王龙 儿童玩具 68元", "毛绒老虎公仔 一米二 生日礼物 包邮", "绘本 小猫头鹰 九成新 10元出", "桌游 狼人杀 全套 25 自提",
    "求一个会画老虎的老师 孩子学国画", "动物世界 看穿山甲母子 眼泪都下来了",
    # farm animals, lawful pets, food
    "土鸡蛋 自家鸡下的 一块五一个 送货上门", "出两只小狗 三个月 疫苗齐 500", "布偶猫 求领养 免费 要签协议", "养了三年的巴西龟 换缸送鱼", "虎皮鹦鹉一对 带笼 80", "仓鼠一窝 满月 十块一只",
    "鲈鱼 草鱼 鲫鱼 今早到货 菜市场二号摊", "小龙虾 四钱 二十五一斤 可加工", "鹌鹑蛋 三十个 十二块", "羊肉 现杀 四十五一斤 预订", "熊掌豆腐 家常做法 外酥里嫩", "蚂蚁上树 虎皮青椒 套餐 18元",
    "鱼翅瓜 自家种的 三块一斤", "鹿茸菇 干货 半斤装",
    # fishing and farm tools with a plain use
    "手竿 5米4 碳素 送线组 128", "路亚竿 二手 带轮 300 出", "果园地膜 一卷 40 送货", "晾衣架 不锈钢 伸缩 包邮", "电动车电瓶 48伏 换新 以旧换新", "汽车逆变器 给笔记本充电 150W",
    "弹簧夹 文件夹 一盒 五块", "老鼠夹 粘鼠板 超市有卖", "渔网袜 黑色 均码", "羽毛球网 标准尺寸 带架子 80",
    # across words
    "对象牙口不好 求推荐软饭", "狩猎套餐 皮肤返场了吗", "产地枪手鱿鱼干 半斤装 包邮", "本地枪击片 片单分享", "大象牙签盒 创意摆件 20",
    # talk
    "昨天在动物园看见雪豹了 太帅了", "早上阳台上来了只斑鸠 咕咕叫", "公园里有画眉叫 真好听", "老家后山又听见猫头鹰叫", "博物馆展出清代犀角杯 可惜没拍照", "孩子作文写我最喜欢的大熊猫",
    "纪录片里中华鲟洄游那段太震撼", "村口贴了告示 不许下地笼", "护林员巡山拆了十几个套 点赞", "渔政船来了 电鱼的跑了 大快人心", "救了一只受伤的鹰 林业站来人接走了", "请问捡到小麂子该给谁打电话",
    # medicine and culture
    "复方鲜竹沥 感冒止咳 药店有售", "羚羊感冒片 一盒 12.5", "麝香壮骨膏 十贴 国药准字", "龟苓膏 梧州产 六杯装 25", "狼毫小楷 毛笔 三支 48", "牛角梳 刻字 69 包邮",
    # plain second-hand
    "出一台二手冰箱 自提 300", "转让健身年卡 低价 私聊", "沙发八成新 600 面交", "笔记本电脑 换了固态 1800 可小刀",
)  # fmt: skip
FALSE_ALARMS = 0.03  # share of them that may be flagged


@pytest.mark.parametrize("text", SURE)
def test_a_blunt_offer_is_found(detector: Detector, rules: Detector, text: str) -> None:
    assert rules.detect(text).verdict in FLAGGED
    assert detector.detect(text).verdict in FLAGGED


def test_a_device_with_its_price_is_found(detector: Detector) -> None:
    assert detector.detect("电鱼机一套 600 自提").verdict in FLAGGED


def test_most_blunt_offers_are_found(detector: Detector, rules: Detector) -> None:
    for one in (rules, detector):
        assert sum(one.detect(text).verdict in FLAGGED for text in BLUNT) / len(BLUNT) >= FOUND


def test_a_page_with_a_price_helps_a_blunt_offer(detector: Detector) -> None:
    for text in BLUNT:
        assert detector.detect(text, offered=True).score >= detector.detect(text).score


@pytest.mark.parametrize("template", TALK)
def test_news_notices_and_reports_are_quiet(detector: Detector, template: str) -> None:
    flagged = [name for name in OBJECTS if detector.detect(template.format(name)).verdict in FLAGGED]
    assert flagged == []


def test_ordinary_sentences_with_the_same_words_are_quiet(detector: Detector) -> None:
    assert len(set(NEGATIVES)) >= 60
    flagged = [text for text in NEGATIVES if detector.detect(text).verdict in FLAGGED]
    assert len(flagged) / len(NEGATIVES) <= FALSE_ALARMS, flagged
    assert not [text for text in NEGATIVES if detector.detect(text).verdict is Verdict.ALERT]


def test_the_page_of_a_shop_does_not_make_them_suspicious(detector: Detector) -> None:
    flagged = [text for text in NEGATIVES if detector.detect(text, offered=True).verdict in FLAGGED]
    assert len(flagged) / len(NEGATIVES) <= 2 * FALSE_ALARMS, flagged
