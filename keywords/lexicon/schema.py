"""What a lexicon file may say, typed: entries, cue groups, tables and points."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Kind: TypeAlias = Literal["species", "product", "gear", "part", "codeword", "context"]
Category: TypeAlias = Literal[
    "terrestrial_animal",
    "aquatic_animal",
    "plant",
    "animal_product",
    "plant_product",
    "hunting_gear",
    "fishing_gear",
    "food_use",
]
Agency: TypeAlias = Literal["forestry", "agriculture", "market_supervision", "public_security"]
Strength: TypeAlias = Literal["strong", "medium", "weak"]
Disguise: TypeAlias = Literal["pinyin", "split", "lookalike", "reordered", "homophone"]
"""A way of hiding a term that the compiler (the sound automaton for ``homophone``) makes up by itself."""


class Strict(BaseModel):
    """A model that knows all its keys and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scope(Strict):
    """Where and when a ban holds; neither provinces nor waters: where `region` says, by default everywhere."""

    region: str = Field(default="全国", description="适用范围：全国、某省，或某水域")
    provinces: tuple[str, ...] = Field(default=(), description="只在这些省禁用，如 [福建省]")
    waters: tuple[str, ...] = Field(default=(), description="只在这些水域禁用，如 [长江流域重点水域]")
    condition: str = Field(default="", description="条件或例外，如“网目小于60毫米”")
    exempt: tuple[str, ...] = Field(default=(), description="不在禁用之列的写法，如 [小型捕鼠夹]；按普通词盖住本词")
    clause: str = Field(default="", description="依据条款")


class Protection(Strict):
    """How the law protects a species; the entry's own source and date speak where this has none."""

    cn: Literal["一级", "二级"] | None = Field(default=None, description="国家重点保护级别")
    sanyou: bool = Field(default=False, description="“三有”陆生野生动物")
    cites: Literal["I", "II", "III"] | None = Field(default=None, description="CITES 附录")
    cites_date: str = Field(default="", description="所据 CITES 附录的日期，早于现行附录的须核对")
    wild_only: bool = Field(default=False, description="仅限野外种群")
    source: str = Field(default="", description="依据，不填用词条的 source")
    date: str = Field(default="", description="依据的日期，不填用词条的 date")


class Examples(Strict):
    """Texts that fix what an entry must and must not raise; `{term}` stands for the entry's term."""

    must: tuple[str, ...] = Field(default=(), description="必须至少列入“待核”的文本")
    must_not: tuple[str, ...] = Field(default=(), description="不得列入“待核”的文本")


class Entry(Strict):
    """One term that is looked for."""

    term: str = Field(description="规范名称", min_length=1)
    id: str = Field(default="", description="词条编号，缺省为“文件名:名称”")
    kind: Kind | None = Field(default=None, description="类别：物种、制品、工具、部位、暗语、语境")
    category: Category | None = Field(default=None, description="标的类别")
    taxon: str = Field(default="", description="学名")
    level: str = Field(default="", description="保护级别（文字）；有 protection 时可省")
    protection: Protection | None = Field(default=None, description="保护级别，分项")
    source: str = Field(default="", description="依据")
    date: str = Field(default="", description="依据的日期")
    agency: Agency | None = Field(default=None, description="主办部门")
    scope: Scope | None = Field(default=None, description="禁用范围")
    strength: Strength | None = Field(default=None, description="词条强度：strong、medium、weak")
    severity: int | None = Field(default=None, ge=1, le=3, description="严重程度，3 为优先打击对象")
    aliases: tuple[str, ...] = Field(default=(), description="同义写法、俗名")
    homophones: tuple[str, ...] = Field(default=(), description="谐音写法")
    lookalikes: tuple[str, ...] = Field(default=(), description="形近写法、漏写偏旁")
    codes: tuple[str, ...] = Field(default=(), description="暗语，只有 requires 的语境出现才算")
    initials: tuple[str, ...] = Field(default=(), description="拼音首字母，只有 requires 的语境出现才算")
    emoji: tuple[str, ...] = Field(default=(), description="含表情符号的写法")
    disguise: bool | None = Field(default=None, description="是否自动生成拼音、拆字、形近、倒写的变体")
    disguises: tuple[Disguise, ...] | None = Field(
        default=None, description="disguise 为 true 时只生成这些，不填即全部"
    )
    requires: tuple[str, ...] | None = Field(default=None, description="必须同时出现的语境组，任一即可")
    common: bool = Field(default=False, description="与日常用语相撞，须有语境才算")
    livestock: bool = Field(
        default=False, description="养殖种群属国家畜禽遗传资源目录：声称养殖、有证明不使它算数，野外来源才算"
    )
    exclude: tuple[str, ...] = Field(default=(), description="盖住本词的普通词，如“象牙白”；不能为伪装写法开脱")
    unlawful: tuple[str, ...] = Field(default=(), description="没有合法日常用途的写法：单独出现也列入“待核”")
    exclude_near: tuple[str, ...] = Field(default=(), description="附近出现即不算的词，如“电镐”；不能为伪装写法开脱")
    verified: bool | None = Field(default=None, description="是否经正式文本核对")
    note: str = Field(default="", description="说明")
    tests: Examples = Field(default=Examples(), description="本词条的正例与反例")


class Composition(Strict):
    """Heads times parts: 虎 × 骨, one entry each, the pack's defaults apply."""

    heads: tuple[str, ...]
    parts: tuple[str, ...]
    entry: Entry = Field(description="{head} 与 {part} 处代入，如 term: '{head}{part}'")


class Header(Strict):
    """Who made a pack for others, and the checksum over what it says."""

    name: str = Field(description="包名", min_length=1, max_length=60)
    version: str = Field(default="1", description="版本", min_length=1, max_length=40)
    author: str = Field(default="", description="编制单位")
    date: str = Field(default="", description="编制日期")
    sha256: str = Field(default="", description="内容的校验和，由 wangdun lexicon export 写入")


class Change(Strict):
    """What a local file changes of entries that came before it; what it does not name stays."""

    id: str = Field(default="", description="词条编号")
    term: str = Field(default="", description="名称：同名的词条都改")
    kind: Kind | None = Field(default=None, description="类别")
    category: Category | None = Field(default=None, description="标的类别")
    level: str | None = Field(default=None, description="保护级别")
    protection: Protection | None = Field(default=None, description="保护级别，只改写出的各项")
    source: str | None = Field(default=None, description="依据")
    date: str | None = Field(default=None, description="依据的日期")
    agency: Agency | None = Field(default=None, description="主办部门")
    scope: Scope | None = Field(default=None, description="禁用范围，只改写出的各项")
    strength: Strength | None = Field(default=None, description="词条强度")
    severity: int | None = Field(default=None, ge=1, le=3, description="严重程度")
    disguise: bool | None = Field(default=None, description="是否自动生成伪装变体")
    disguises: tuple[Disguise, ...] | None = Field(default=None, description="只生成这些变体")
    requires: tuple[str, ...] | None = Field(default=None, description="必须同时出现的语境组")
    common: bool | None = Field(default=None, description="与日常用语相撞")
    verified: bool | None = Field(default=None, description="是否经正式文本核对")
    note: str | None = Field(default=None, description="说明")
    tests: Examples | None = Field(default=None, description="正例与反例，代替原有的")
    aliases_add: tuple[str, ...] = Field(default=(), description="增加同义写法")
    aliases_remove: tuple[str, ...] = Field(default=(), description="去掉同义写法")
    homophones_add: tuple[str, ...] = Field(default=(), description="增加谐音写法")
    homophones_remove: tuple[str, ...] = Field(default=(), description="去掉谐音写法")
    lookalikes_add: tuple[str, ...] = Field(default=(), description="增加形近写法")
    lookalikes_remove: tuple[str, ...] = Field(default=(), description="去掉形近写法")
    codes_add: tuple[str, ...] = Field(default=(), description="增加暗语")
    codes_remove: tuple[str, ...] = Field(default=(), description="去掉暗语")
    initials_add: tuple[str, ...] = Field(default=(), description="增加首字母")
    initials_remove: tuple[str, ...] = Field(default=(), description="去掉首字母")
    emoji_add: tuple[str, ...] = Field(default=(), description="增加表情写法")
    emoji_remove: tuple[str, ...] = Field(default=(), description="去掉表情写法")
    exclude_add: tuple[str, ...] = Field(default=(), description="增加普通词")
    exclude_remove: tuple[str, ...] = Field(default=(), description="去掉普通词")
    exclude_near_add: tuple[str, ...] = Field(default=(), description="增加排除词")
    exclude_near_remove: tuple[str, ...] = Field(default=(), description="去掉排除词")
    unlawful_add: tuple[str, ...] = Field(default=(), description="增加单独即列入的写法")
    unlawful_remove: tuple[str, ...] = Field(default=(), description="去掉单独即列入的写法")


class Pack(Strict):
    """One YAML file of entries; a local one may also change and disable what came before it."""

    about: str = Field(default="", description="本文件收什么")
    pack: Header | None = Field(default=None, description="交换用的包头")
    defaults: Entry | None = Field(default=None, description="各词条的缺省值，term 写 '*'")
    examples: Examples = Field(default=Examples(), description="对没有自己例子的每个词条适用")
    compose: tuple[Composition, ...] = Field(default=(), description="主体×部位 的组合词条")
    entries: tuple[Entry, ...] = ()
    disable: tuple[str, ...] = Field(default=(), description="停用的词条：编号或名称；只用于本地词库")
    change: tuple[Change, ...] = Field(default=(), description="改动的词条；只用于本地词库")


class CueGroup(Strict):
    """Words of one meaning around an object."""

    label: str = Field(description="界面上的中文名")
    points: float = Field(description="出现时加减的分")
    words: tuple[str, ...] = ()
    exclude: tuple[str, ...] = Field(default=(), description="盖住其中词的普通词")
    anchor: bool = Field(default=False, description="没有物名时，这组词也使文本值得一看")


class Cues(Strict):
    """The file of all cue groups."""

    groups: dict[str, CueGroup]


class Kit(Strict):
    """Harmless parts that make a banned thing when they stand together."""

    id: str = Field(description="编号", min_length=1)
    label: str = Field(description="界面上的中文名", min_length=1)
    entry: str = Field(description="凑成的词条：编号或名称", min_length=1)
    parts: tuple[tuple[str, ...], ...] = Field(description="各配件，一行一种，每行是同义写法", min_length=1)
    at_least: int = Field(default=2, ge=1, description="至少出现几种不同的配件")
    within: int = Field(default=80, ge=1, description="在归一后的多少个字以内")
    requires: tuple[str, ...] = Field(default=(), description="还须出现的语境组，任一即可")
    exclude_near: tuple[str, ...] = Field(default=(), description="附近出现即不算的词")
    tests: Examples = Field(default=Examples(), description="正例与反例")


class Kits(Strict):
    """The file of all kits."""

    kits: tuple[Kit, ...] = ()


class Offer(Strict):
    """Trading verbs right beside a name."""

    modifiers: tuple[str, ...] = Field(description="动词前可有的修饰语")
    before: tuple[str, ...] = Field(description="名称前的交易动词")
    between: tuple[str, ...] = Field(description="动词与名称之间可有的词")
    suffixes: tuple[str, ...] = Field(description="名称后可有的部位、形态")
    middle: tuple[str, ...] = Field(description="名称与其后动词之间可有的词")
    after: tuple[str, ...] = Field(description="名称后的交易动词")


class Likeness(Strict):
    """Words that make a name a brand, a colour, a shape or goods for it."""

    suffix: tuple[str, ...] = Field(description="须紧接其后的一个字：颜色、款式")
    suffix_unless: tuple[str, ...] = Field(description="以上述字开头、并非颜色款式的词")
    after: tuple[str, ...] = Field(description="其后几个字内即为样式、玩具")
    trapped: tuple[str, ...] = Field(description="词前有这些字时其后的用品不作数")
    before: tuple[str, ...] = Field(description="紧在其前即为仿制、造型")
    goods: tuple[str, ...] = Field(description="紧接其后即为商品名或用途，不对工具")
    brand: tuple[str, ...] = Field(description="品牌，后面须还有字")
    brand_unless: tuple[str, ...] = Field(description="不是品牌的写法")
    gap: str = Field(description="名称与上述词之间不得出现的字")


class Surroundings(Strict):
    """The file of what stands right beside a name."""

    offer: Offer
    likeness: Likeness
    denial: tuple[str, ...] = Field(description="紧在其前即为否认")


class Scoring(Strict):
    """Points and limits of the score, 0 to 100."""

    alert: float = Field(description="达到即“告警”")
    review: float = Field(description="达到即“待核”")
    base: dict[Strength, float] = Field(description="最强一处命中的分")
    further: float = Field(description="每多一个不同词条加的分")
    further_limit: int = Field(description="最多计几个")
    disguised: float = Field(description="有伪装写法时加的分")
    severity: float = Field(description="每一级严重程度加的分")
    factors: dict[str, float] = Field(default={}, description="由代码识别的语境的分")


class CharacterTables(Strict):
    """Pictures, split characters, look-alikes: what can stand for a character."""

    pictures: dict[str, str] = Field(default={}, description="表情符号 -> 它代表的一个字")
    split: dict[str, tuple[str, ...]] = Field(default={}, description="字 -> 拆写")
    lookalikes: dict[str, str] = Field(default={}, description="字 -> 形近字（连写）")
