/* Hearing: writings that sound like a term and are not the term; see `sound.py`. */

#include "kernel.h"

#define FREE 3

/* Return the node of the word that is exactly these letters; 0: none is. */
static uint32_t spelt(const Trie *trie, const uint16_t *letters, int64_t size) {
    uint32_t node = trie->first[letters[0]];
    if (node && size > 1) node = second(trie, node, letters[0], letters[1]);
    for (int64_t at = 2; node && at < size; at++) node = further(trie, node, letters[at]);
    return node & WORD_HERE ? node & NODE : 0;
}

/* Return the entry that these characters are a homophone of, or -1. */
static int32_t meant(const Tables *t, const Folded *f, int64_t start, int64_t end, int32_t heard) {
    uint32_t word = spelt(&t->words, f->letters + start, end - start);
    if (word && t->word[word].ordinary) return -1;
    for (int64_t term = t->terms[heard - 1]; term < t->terms[heard]; term++) {
        const uint32_t *codes = t->codes + t->term_codes[term];
        int64_t same = 0, size = t->term_codes[term + 1] - t->term_codes[term];
        for (int64_t at = 0; at < size; at++) same += codes[at] == f->codes[start + at];
        if (same == size || (!same && size < FREE)) continue;
        if ((word && t->word[word].kind & WRITING) || !wd_is_one_word(f, start, end)) return -1;
        return t->entries[term];
    }
    return -1;
}

/* Write where something may sound like a term into `shown`; return how many places there are. Mostly nothing does. */
static int64_t listen_closely(const Tables *t, const Work *w, int64_t size) {
    const uint16_t *sounds = w->sounds;
    uint32_t *shown = w->shown, pair = sounds[0];
    int64_t count = 0, kept = 0;
    for (int64_t at = 0; at + 1 < size; at++) {
        pair = pair << 16 | sounds[at + 1];
        shown[count] = (uint32_t)at;
        count += has(t->spoken.pairs, bit_of_pair(&t->spoken, pair)); /* no branch could foretell it */
    }
    for (int64_t at = 0; at < count; at++) {
        const uint16_t *own = sounds + shown[at];
        shown[kept] = shown[at];
        kept += goes_on(&t->spoken, own[0], own[1], own[2]);
    }
    return kept;
}

/* Write what sounds like a term; return how many there are, -1: too many. */
int64_t wd_listen(const Tables *t, const Work *w, const Folded *f, Place *heard, int64_t room) {
    int64_t count = 0, openings = listen_closely(t, w, f->size);
    for (int64_t opening = 0; opening < openings; opening++) {
        int64_t at = w->shown[opening];
        uint32_t node = second(&t->spoken, t->spoken.first[w->sounds[at]], w->sounds[at], w->sounds[at + 1]);
        for (int64_t next = at + 1; node;) {
            int32_t entry = node & WORD_HERE ? meant(t, f, at, next + 1, t->spoken.words[node & NODE]) : -1;
            if (entry >= 0) {
                if (count >= room) return -1;
                heard[count++] = (Place){(int32_t)at, (int32_t)next + 1, entry};
            }
            if (++next >= f->size || !w->sounds[next]) break;
            node = further(&t->spoken, node, w->sounds[next]);
        }
    }
    return count;
}
