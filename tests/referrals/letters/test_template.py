from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from referrals.exceptions import LetterError, TemplateError
from referrals.letters import KINDS, letter, render, sample
from tests.office import as_pdf
from tests.programs import text_of_pdf
from tests.referrals.cases import HOSTILE, MADE, MARKET, OFFICE, case, lead

LEADS = (lead(1, title="甲"), lead(2, title="乙"), lead(3, title="丙"))


def filled(tmp_path, build, leads=LEADS, **facts):
    word = Document()
    build(word)
    path = tmp_path / "lead.docx"
    word.save(str(path))
    return Document(BytesIO(render(letter(case(leads=leads, **facts), OFFICE, MARKET, MADE), "docx", path)))


def refused(tmp_path, build) -> str:
    with pytest.raises(TemplateError) as caught:
        filled(tmp_path, build)
    return str(caught.value)


def test_fields_are_filled_in_paragraphs_tables_headers_and_boxes(tmp_path):
    def build(word):
        word.add_paragraph("文号：{{文号}}，致{{ 主送 }}，{{ 成文日期}}")
        word.add_paragraph("｛｛发文单位｝｝")
        word.sections[0].header.paragraphs[0].text = "{{提示}}"
        word.sections[0].footer.paragraphs[0].text = "共 {{线索数量}} 条"
        table = word.add_table(1, 1)
        table.cell(0, 0).add_table(1, 1).cell(0, 0).text = "{{联系人}}"
        box = f'<w:r {nsdecls("w")}><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml"><w:txbxContent><w:p><w:r><w:t>{{{{标的}}}}</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r>'
        word.add_paragraph("框：")._p.append(parse_xml(box))

    word = filled(tmp_path, build)
    assert word.paragraphs[0].text == "文号：网林移〔2026〕5号，致某县市场监督管理局，2026年11月22日"
    assert word.paragraphs[1].text == "某县林业局"
    assert word.sections[0].header.paragraphs[0].text == "网络监测线索，供核查"
    assert word.sections[0].footer.paragraphs[0].text == "共 3 条"
    assert word.tables[0].cell(0, 0).tables[0].cell(0, 0).text == "张某某"
    texts = [node.text for node in word.element.body.iter(qn("w:t"))]
    assert "野生动物制品" in texts
    assert "框：" in texts


def test_field_that_word_split_over_runs_keeps_the_first_run_look(tmp_path):
    def build(word):
        paragraph = word.add_paragraph()
        paragraph.add_run("号 {").bold = True
        paragraph.add_run("{文")
        paragraph.add_run("号}").italic = True
        paragraph.add_run("} 完")

    runs = filled(tmp_path, build).paragraphs[0].runs
    assert [(run.text, run.bold, run.italic) for run in runs] == [
        ("号 网林移〔2026〕5号", True, None), ("", None, None), ("", None, True), (" 完", None, None),
    ]  # fmt: skip


def test_row_with_lead_fields_is_repeated(tmp_path):
    def build(word):
        table = word.add_table(3, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "序号", "标题"
        table.cell(1, 0).text, table.cell(1, 1).text = "{{线索.序号}}", "{{线索.标题}}（{{文号}}）"
        table.cell(2, 0).text = "合计 {{线索数量}}"

    table = filled(tmp_path, build).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["序号", "标题"],
        ["1", "甲（网林移〔2026〕5号）"], ["2", "乙（网林移〔2026〕5号）"], ["3", "丙（网林移〔2026〕5号）"],
        ["合计 3", ""],
    ]  # fmt: skip


def test_passages_are_repeated_paragraphs_rows_and_within_a_line(tmp_path):
    def build(word):
        for text in (
            "前",
            "{{#线索}}",
            "标题：{{线索.标题}}",
            "网址：{{线索.网址}}",
            "{{/线索}}",
            "{{#线索}}[{{线索.标题}}]{{/线索}}",
        ):
            word.add_paragraph(text)
        table = word.add_table(2, 1)
        table.cell(0, 0).text = "{{#线索}}{{线索.标题}}"
        table.cell(1, 0).text = "——{{/线索}}"
        word.add_paragraph("后")

    word = filled(tmp_path, build)
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert texts == ["前", *(f"{head}：{value}" for n, title in enumerate("甲乙丙", 1) for head, value in (("标题", title), ("网址", f"https://forum.example/thread-{n}-1-1.html"))),
                     "[甲]", "[乙]", "[丙]", "后"]  # fmt: skip
    assert [row.cells[0].text for row in word.tables[0].rows] == ["甲", "——", "乙", "——", "丙", "——"]


def test_text_of_several_lines_becomes_paragraphs_and_an_empty_field_none(tmp_path):
    def build(word):
        word.add_paragraph("{{要求}}").style = "List Bullet"
        word.add_paragraph("{{补充说明}}")
        word.add_paragraph("请{{办理要求}}。")
        word.add_paragraph("末")

    word = filled(tmp_path, build, fields={"办理要求": "一\n二"})
    assert [paragraph.text for paragraph in word.paragraphs] == ["一", "二", "请一\n二。", "末"]
    assert {paragraph.style.name for paragraph in word.paragraphs[:2]} == {"List Bullet"}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            ["前", "{{成文时期}}"],
            "模板 lead.docx 正文第 2 段（“{{成文时期}}”）：没有字段 {{成文时期}}，是不是 成文日期？",
        ),
        (
            ["{{线索.标提}}"],
            "模板 lead.docx 正文第 1 段（“{{线索.标提}}”）：没有字段 {{线索.标提}}，是不是 线索.标题？",
        ),
        (
            ["{{线索.标题}}"],
            "模板 lead.docx 正文第 1 段（“{{线索.标题}}”）：{{线索.标题}} 须放在表格的一行里，或放在 {{#线索}} 与 {{/线索}} 之间",
        ),
        (["一", "{{文号}，主送"], "模板 lead.docx 正文第 2 段（“{{文号}，主送”）：花括号没有配对：“{{文号}，主送”"),
        (["{{#线索}}", "{{线索.标题}}"], "模板 lead.docx 正文第 1 段（“{{#线索}}”）：{{#线索}} 没有在同一层次配对"),
        (["{{/线索}}"], "模板 lead.docx 正文第 1 段（“{{/线索}}”）：{{/线索}} 没有在同一层次配对"),
        (
            ["现将  我局在网络监测中发现的{{线所数}} 条线索移送你单位，请依法核查。"],
            "模板 lead.docx 正文第 1 段（“现将 我局在网络监测中发现的{{线所数}…”）：没有字段 {{线所数}}，是不是 线索数量？",
        ),
        (["{{}}"], "模板 lead.docx 正文第 1 段（“{{}}”）：没有字段 {{}}"),
        (["{{案由}}"], "模板 lead.docx 正文第 1 段（“{{案由}}”）：没有字段 {{案由}}"),
    ],
)
def test_mistakes_name_field_and_place(tmp_path, texts, said):
    assert refused(tmp_path, lambda word: [word.add_paragraph(text) for text in texts]) == said


def test_mistakes_in_tables_headers_and_notes_are_placed(tmp_path):
    def table(word):
        word.add_table(1, 1)
        word.add_table(3, 2).cell(2, 1).text = "{{线锁.标题}}"

    assert (
        refused(tmp_path, table)
        == "模板 lead.docx 正文第 2 个表格第 3 行第 2 列（“{{线锁.标题}}”）：没有字段 {{线锁.标题}}，是不是 线索.标题？"
    )

    def header(word):
        word.sections[0].header.paragraphs[0].text = "{{题目}}"

    assert refused(tmp_path, header).startswith("模板 lead.docx 页眉第 1 段（“{{题目}}”）：没有字段 {{题目}}")


def test_files_that_are_no_templates(tmp_path):
    made = letter(case(), OFFICE, MARKET, MADE)
    path = tmp_path / "lead.docx"
    with pytest.raises(TemplateError, match="读不出来"):
        render(made, "docx", path)
    for content in (b"", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old doc", sample("lead")[:9000]):
        path.write_bytes(content)
        with pytest.raises(TemplateError, match=r"模板 lead\.docx 不是完好的 Word 文档"):
            render(made, "docx", path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "x")
    with pytest.raises(TemplateError, match="不是完好的"):
        render(made, "docx", path)
    path.write_bytes(sample("lead"))
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("word/vbaProject.bin", "x")
    with pytest.raises(TemplateError, match="含有宏"):
        render(made, "docx", path)
    path.write_bytes(sample("lead"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/media/bomb.bin", b"\0" * 70_000_000)
    with pytest.raises(TemplateError, match="解开后太大"):
        render(made, "docx", path)
    path.write_bytes(sample("lead"))
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("word/footnotes.xml", "{{文号}}")
    with pytest.raises(TemplateError, match="脚注：这里不能用字段"):
        render(made, "docx", path)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_values_stay_text_and_are_no_fields_again(tmp_path, name):
    def build(word):
        word.add_table(1, 1).cell(0, 0).text = "{{线索.标题}}"
        word.add_paragraph("{{补充说明}}")

    word = filled(tmp_path, build, (lead(1, title=HOSTILE[name]),), fields={"补充说明": HOSTILE[name]})
    assert not list(word.element.body.iter(qn("w:instrText")))
    cell = word.tables[0].cell(0, 0).text
    if name in {"formula", "xml", "placeholder", "typst"}:
        assert cell == HOSTILE[name]
        assert word.paragraphs[-1].text == HOSTILE[name]
    if name == "surrogate":
        assert cell == "孤立代理 〔U+D83D〕 象牙"
    assert len(cell) < 1300


@pytest.mark.parametrize("kind", KINDS)
def test_sample_of_each_kind_can_be_filled(tmp_path, kind):
    path = tmp_path / f"{kind}.docx"
    path.write_bytes(sample(kind))
    assert sample(kind) == path.read_bytes()
    made = letter(case(kind, LEADS, fields={"补充说明": "特别说明一句。"}), OFFICE, MARKET, MADE)
    word = Document(BytesIO(render(made, "docx", path)))
    text = "".join(node.text or "" for node in word.element.body.iter(qn("w:t")))
    assert "{{" not in text
    for said in (
        made.number,
        made.title.replace(" ", ""),
        made.receiver,
        "特别说明一句。",
        "甲",
        "乙",
        "丙",
        made.slip.title,
    ):
        assert said in text
    assert word.core_properties.title == made.title


def test_sample_of_no_kind():
    with pytest.raises(LetterError, match="没有这种文书：memo"):
        sample("memo")


def test_libreoffice_opens_a_filled_sample(tmp_path):
    path = tmp_path / "lead.docx"
    path.write_bytes(sample("lead"))
    content = render(letter(case(leads=LEADS), OFFICE, MARKET, MADE), "docx", path)
    text = "".join(text_of_pdf(as_pdf(content, "filled.docx", tmp_path), tmp_path).split())
    assert "某县林业局关于移送野生动物制品案件线索的函" in text
    assert "2026年11月22日印发" in text
    assert "（回执）" in text
