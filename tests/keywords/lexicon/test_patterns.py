from __future__ import annotations

import jieba

from keywords.lexicon.compile import HERE
from keywords.lexicon.patterns import Compiler, _dictionary, generated
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import CharacterTables, Entry


def channels_of(entry: Entry) -> set[str]:
    compiler = Compiler(read_pack(HERE / "characters.yaml", CharacterTables))
    compiler.add(0, entry)
    return {channel for _, ways in compiler.patterns() for _, channel, _ in ways}


def test_all_disguises_are_made_unless_some_are_named() -> None:
    assert channels_of(Entry(term="猎套", disguise=True)) == {"exact", "pinyin", "split", "lookalike", "reordered"}
    assert channels_of(Entry(term="猎套", disguise=True, disguises=("pinyin",))) == {"exact", "pinyin"}
    assert channels_of(Entry(term="猎套", disguise=False)) == {"exact"}


def test_the_sound_automaton_listens_only_where_it_is_wanted() -> None:
    assert "homophone" in generated(Entry(term="猎套", disguise=True))
    assert "homophone" not in generated(Entry(term="猎套", disguise=True, disguises=("split",)))
    assert generated(Entry(term="猎套", disguises=("split",))) == frozenset()


def test_the_dictionary_is_that_of_jieba() -> None:
    tokenizer = jieba.Tokenizer()
    words, _ = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    assert _dictionary() == {word for word, count in words.items() if count}
