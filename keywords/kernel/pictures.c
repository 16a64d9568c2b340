/* Pictures: emoji read as the characters that they can stand for; see `_pictured` and `_drawn` of `detector.py`. */

#include "kernel.h"

#define MOST_DRAWN 128 /* writings with an emoji in a text that is judged here */
#define MOST_MEANT 2000 /* meanings of all writings in such a text: MOST_CANDIDATES of the twin */

/* What is found in one text. */
typedef struct {
    Place places[MOST_DRAWN]; /* with the numbers of their patterns */
    int64_t count, meant;
} Drawings;

/* Return the first folded place that is not before an original one. */
int64_t wd_place(const Folded *f, int64_t original) {
    int64_t low = 0, high = f->size;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (f->places[middle] < original) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Fold a text once more, behind what it is without its emoji; 0: there is no room. */
static int fold_drawn(const Case *c, Folded *drawn) {
    const Tables *t = c->t;
    const Folded *f = c->f;
    uint32_t *codes = c->w->codes + (f->codes - c->w->codes) + f->size;
    int64_t *places = c->w->places + (f->places - c->w->places) + f->size, size = 0;
    uint16_t *letters = c->w->letters + f->size;
    if (f->codes - c->w->codes + f->size + f->length > c->w->room) return 0;
    for (int64_t at = 0; at < f->length; at++) {
        uint32_t code = f->text[at];
        uint16_t letter = code < CODE_POINTS ? t->letter[code] : JUNK;
        if (letter == PICTURE) code = t->fold[code], letter = t->letter[code];
        codes[size] = letter == OTHER ? t->fold[code] : t->known_as[letter].code;
        places[size] = at, letters[size] = letter;
        size += letter > PICTURE;
    }
    *drawn = (Folded){f->text, codes, places, letters, size, f->length};
    return 1;
}

/* Return how many emoji that stand for a character are within a place. */
static int64_t pictures(const Case *c, Place p) {
    int64_t shown = 0;
    for (int64_t at = c->drawn->places[p.start]; at <= c->drawn->places[p.end - 1]; at++)
        shown += c->f->text[at] < CODE_POINTS && c->t->letter[c->f->text[at]] == PICTURE;
    return shown;
}

/* Note a pattern that takes an emoji; 0: there are too many. */
static int note(const Case *c, Drawings *found, Place p) {
    found->meant += c->r->meanings[p.number + 1] - c->r->meanings[p.number];
    if (found->meant > MOST_MEANT) return 0;
    if (!pictures(c, p)) return 1;
    if (found->count == MOST_DRAWN) return 0;
    found->places[found->count++] = p;
    return 1;
}

/* Find the patterns of a trie that begin at a place; 0: there are too many. `first`: number of the trie's own first. */
static int scan(const Case *c, const Trie *trie, int64_t first, int64_t at, Drawings *found) {
    const Folded *f = c->drawn;
    uint32_t node = trie->first[f->letters[at]];
    for (int64_t next = at + 1; node; next++) {
        int64_t pattern = first ? first + trie->words[node & NODE] - 1 : c->t->word[node & NODE].pattern;
        if (node & WORD_HERE && pattern >= 0 && !note(c, found, (Place){(int32_t)at, (int32_t)next, (int32_t)pattern})) return 0;
        if (next == f->size) break;
        node = next == at + 1 ? second(trie, node, f->letters[at], f->letters[next]) : further(trie, node, f->letters[next]);
    }
    return 1;
}

/* Add what a writing with emoji means as an object; 0: there are too many. */
static int add_meanings(Case *c, Place p) {
    int64_t shown = pictures(c, p);
    if (!wd_is_whole(c->drawn, p)) return 1;
    for (int64_t at = c->r->meanings[p.number]; at < c->r->meanings[p.number + 1]; at++) {
        Meaning meaning = c->r->meaning[at];
        int channel = wd_refined(c->drawn, meaning.channel, p.start, p.end);
        if (channel == CONTEXT || !(c->r->sets[WANTED_CHANNELS] >> channel & 1)) continue;
        meaning.gated |= shown == p.end - p.start && meaning.channel != EMOJI; /* all of it, by accident */
        meaning.channel = EMOJI;
        if (!wd_add(c, p, meaning, 0, 1)) return 0;
    }
    return 1;
}

/* Read a text with its emoji, and add the candidates that they take part in; 0: the twins are to be asked. */
int wd_draw(Case *c, Folded *drawn) {
    Drawings found;
    found.count = found.meant = 0;
    if (!c->t->first_drawn || !c->f->size || !fold_drawn(c, drawn)) return 0;
    c->drawn = drawn;
    for (int64_t at = 0; at < drawn->size; at++)
        if (!scan(c, &c->t->words, 0, at, &found) || !scan(c, &c->t->drawn, c->t->first_drawn, at, &found)) return 0;
    wd_sort_by_end(found.places, found.count);
    for (int64_t at = 0; at < found.count; at++)
        if (!add_meanings(c, found.places[at])) return 0;
    return 1;
}
