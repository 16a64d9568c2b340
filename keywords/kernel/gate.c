/* Gates: the rules by which a candidate does not count; see `gate.py`. */

#include "kernel.h"

#define UNUSUAL 3
#define NEAR_BY 30
#define WINDOW 6
#define LONG 4
#define STRONG 2

static int is_plain_code(const Case *c, const Candidate *one) {
    return one->channel == CODEWORD && is_tight(c->f, one->start, one->end);
}

/* Tell whether a writing was disguised once more, by wide letters or by characters that nobody sees. */
static int is_deliberate(const Case *c, const Candidate *one) {
    const Folded *f = c->f;
    int unsure = 0;
    if (one->channel != PINYIN && one->channel != HOMOPHONE) return 0;
    for (int64_t at = f->places[one->start]; at <= f->places[one->end - 1]; at++) {
        uint32_t code = f->text[at];
        if (code >= 0xFF21 && code <= 0xFF5A) return 1;
        /* only of these it is certain that none is a format character */
        unsure |= !(code < 128 || (code >= 0x3000 && code <= 0x9FFF) || (code >= 0xFF01 && code <= 0xFFEF));
    }
    return unsure ? UNSURE : 0;
}

static int are_several(int64_t bits) { return (bits & (bits - 1)) != 0; }

static int is_ascii(const Folded *f, int64_t start, int64_t end) {
    for (; start < end; start++)
        if (f->codes[start] > 127) return 0;
    return 1;
}

/* Tell whether a writing that is also an ordinary one lacks context. */
static int lacks(const Case *c, const Candidate *one, int trade, int attached) {
    const int64_t *sets = c->r->sets;
    int64_t size = one->end - one->start;
    int sure = (c->said & sets[SURE]) != 0, about = (c->said & sets[OBJECT_CUES]) != 0;
    if (!about) about = is_deliberate(c, one);
    if (about == UNSURE) return UNSURE;
    if (one->heard && size < UNUSUAL) return !(about && trade && sure);
    if (one->channel != CODEWORD && size >= UNUSUAL * (is_ascii(folded_of(c, one), one->start, one->end) ? 2 : 1) &&
        (about || attached || are_several(c->said & sets[TEXT_CUES])))
        return 0;
    if (attached && (one->channel == EMOJI || (one->channel == PINYIN && size >= LONGEST_PINYIN_WORD))) return 0;
    return !about || !(trade || sure);
}

/* Tell whether a candidate lacks context, or `UNSURE`; `attached`: a trading verb stands right beside it. */
int wd_missing(const Case *c, const Candidate *one, int attached) {
    const Entry *entry = c->r->entries + one->entry;
    int trade = attached || (c->said & c->r->sets[TRADE]);
    if (one->gated) return lacks(c, one, trade, attached);
    if (!(entry->requires || entry->any_trade) || !is_of(c, PLAIN, one) || (attached && entry->strength == STRONG)) return 0;
    if (!(entry->any_trade && trade) && !(c->said & entry->wanted)) return 1;
    return entry->common && !trade;
}

/* Tell whether an excluding word is near. */
static int is_near(const Case *c, const Candidate *one) {
    const Entry *entry = c->r->entries + one->entry;
    if (entry->near == entry->near_end || !(is_of(c, PLAIN, one) || is_plain_code(c, one))) return 0;
    int64_t low = at_least(one->start - NEAR_BY, 0), high = at_most(one->end + NEAR_BY, c->f->size);
    return wd_holds(c->r->lists + NEAR_WORDS, entry->near, entry->near_end, c->f->codes + low, high - low);
}

static int is_stop(uint32_t code) {
    switch (code) {
    case 0xFF0C: case 0x3001: case 0x3002: case 0xFF1B: case 0xFF1A: case 0xFF01: case 0xFF1F: case ',': case ';':
    case '!': case '?': case '\n': return 1;
    default: return 0;
    }
}

static int crosses_stop(const Folded *f, const Candidate *one) {
    for (int64_t at = f->places[one->start]; at <= f->places[one->end - 1]; at++)
        if (is_stop(f->text[at])) return 1;
    return 0;
}

/* Return how jieba cuts the characters around a candidate; what something was stripped from is no part of them. */
static int cut(const Case *c, const Candidate *one) {
    const Folded *f = c->f;
    int64_t low = at_least(one->start - WINDOW, 0), high = at_most(one->end + WINDOW, f->size);
    if (one->channel != INSERTED) {
        int64_t left = one->start, right = one->end;
        while (left > low && f->places[left] - f->places[left - 1] == 1) left--;
        while (right < high && f->places[right] - f->places[right - 1] == 1) right++;
        low = left, high = right;
    }
    return wd_cut(c->r, f->codes + low, high - low, one->start - low, one->end - low);
}

static int is_no_piece(const Case *c, const Candidate *one) {
    if (one->heard && crosses_stop(c->f, one)) return 1;
    if (!is_of(c, CUT, one) || one->end - one->start >= LONG) return 0;
    if (one->heard && wd_is_known(c->r, c->f->codes + one->start, one->end - one->start)) return 1;
    int found = cut(c, one);
    if (found == UNSURE) return UNSURE;
    return found != OWN_WORD && !(one->channel == INSERTED && found == INSIDE);
}

/* Return why a candidate is no word of its own, `COUNTS` where it is one, or `UNSURE`. */
int wd_no_word(const Case *c, const Candidate *one) {
    if (is_near(c, one)) return NEAR;
    int found = is_no_piece(c, one);
    return found == UNSURE ? UNSURE : found ? BOUNDARY : COUNTS;
}
