/* Beside: what the few characters left and right of a candidate make of it; see `beside.py`.

   Attempts are made in the order of the twin's patterns, and words are listed in that order. */

#include "kernel.h"

#define SIDE 14 /* characters on each side: REACH of the twin */
#define VERB 8
#define GAP 6
#define DENIED 3
#define STOP '|'
#define SPACE ' '
#define LISTED 0x3001
#define OF 0x7684 /* the particle between an adjective and its noun */
#define FAKE 0x5047
#define IMITATED 0x4EFF
#define MOST_MODIFIERS 2
#define MOST_BETWEEN 3

/* The characters on one side in text order, a stop, a list mark or a space where something was stripped. */
typedef struct {
    uint32_t codes[2 * SIDE + 2];
    int64_t places[2 * SIDE + 2], size;
    const Words *lists;
} Side;

static int ends_clause(uint32_t c) {
    switch (c) {
    case '\n': case '\r': case 0x3002: case 0xFF01: case 0xFF1F: case 0xFF1B: case '!': case '?': case ';':
    case 0xFF0C: case 0xFF1A: case ',': return 1;
    default: return 0;
    }
}

static void put(Side *side, uint32_t code, int64_t place) {
    side->codes[side->size] = code, side->places[side->size++] = place;
}

/* Put what stands for all that was stripped before a character. */
static void put_gap(const Folded *f, int64_t at, Side *side) {
    uint32_t shown = SPACE;
    if (f->places[at] - f->places[at - 1] == 1) return;
    for (int64_t place = f->places[at - 1] + 1; place < f->places[at] && shown != STOP; place++) {
        if (ends_clause(f->text[place])) shown = STOP;
        else if (f->text[place] == LISTED) shown = LISTED;
    }
    put(side, shown, at);
}

static void read_left(const Words *lists, const Folded *f, int64_t start, Side *side) {
    int64_t low = at_least(start - SIDE, 0);
    side->size = 0, side->lists = lists;
    if (!low) put(side, STOP, 0);
    for (int64_t at = low; at <= start; at++) {
        if (at > low) put_gap(f, at, side);
        if (at < start) put(side, f->codes[at], at);
    }
}

static void read_right(const Words *lists, const Folded *f, int64_t end, Side *side) {
    int64_t high = at_most(end + SIDE, f->size);
    side->size = 0, side->lists = lists;
    for (int64_t at = end; at < high; at++) {
        put_gap(f, at, side);
        put(side, f->codes[at], at);
    }
    if (high == f->size) put(side, STOP, high);
}

static int follows(const Side *side, int64_t at, uint32_t code) { return at < side->size && side->codes[at] == code; }

/* Return how many words of a list are to be looked for here: mostly none of them can follow. */
static int64_t many(const Side *side, int list, int64_t at) {
    return may_start(side->lists + list, side->codes + at, side->size - at) ? side->lists[list].count : 0;
}

/* Return the length of a word of a list where it follows, else -1. */
static int64_t word_at(const Side *side, int list, int64_t number, int64_t at) {
    return wd_word(side->lists + list, number, side->codes + at, side->size - at);
}

/* Tell whether words that may stand between a verb and its object, and nothing else, fill the rest of a side. */
static int is_between(const Side *side, int64_t at, int more) {
    if (at == side->size) return 1;
    for (int64_t number = 0, count = more ? many(side, BETWEEN, at) : 0; number < count; number++) {
        int64_t length = word_at(side, BETWEEN, number, at);
        if (length < 0) continue;
        if (follows(side, at + length, SPACE) && is_between(side, at + length + 1, more - 1)) return 1;
        if (is_between(side, at + length, more - 1)) return 1;
    }
    return 0;
}

/* Find a verb with nothing but such words behind it; `verb`: where on the side. */
static int reads_verb(const Side *side, int64_t at, Place *verb) {
    for (int64_t number = 0, count = many(side, BEFORE, at); number < count; number++) {
        int64_t length = word_at(side, BEFORE, number, at);
        if (length < 0) continue;
        *verb = (Place){(int32_t)at, (int32_t)(at + length), 0};
        if (follows(side, at + length, SPACE) && is_between(side, at + length + 1, MOST_BETWEEN)) return 1;
        if (is_between(side, at + length, MOST_BETWEEN)) return 1;
    }
    return 0;
}

/* The same with up to some modifiers before it. */
static int reads_offer(const Side *side, int64_t at, int more, Place *verb) {
    for (int64_t number = 0, count = more ? many(side, MODIFIERS, at) : 0; number < count; number++) {
        int64_t length = word_at(side, MODIFIERS, number, at);
        if (length >= 0 && reads_offer(side, at + length, more - 1, verb)) return 1;
    }
    return (follows(side, at, SPACE) && reads_verb(side, at + 1, verb)) || reads_verb(side, at, verb);
}

static int is_mark(uint32_t code) { return code == STOP || code == LISTED || code == SPACE; }

/* Find a verb before a candidate; `verb`: where in the folded text. */
static int is_offered_before(const Case *c, const Candidate *one, Place *verb) {
    Side side;
    read_left(c->r->lists, folded_of(c, one), one->start, &side);
    for (int64_t at = 0; at < side.size; at++) {
        if (!is_mark(side.codes[at]) || !reads_offer(&side, at + 1, MOST_MODIFIERS, verb)) continue;
        *verb = (Place){(int32_t)side.places[verb->start], (int32_t)side.places[verb->end - 1] + 1, 0};
        return 1;
    }
    return 0;
}

/* Tell whether a verb ends its clause here. */
static int is_closed(const Side *side, int64_t at) {
    if (at >= side->size || is_digit(side->codes[at]) || is_mark(side->codes[at])) return 1;
    switch (side->codes[at]) {
    case 0x4E00: case 0x4E24: case 0x51E0: case 0x4E2A: return 1;
    default: return 0;
    }
}

/* Find a verb, some words at most before it. */
static int closes(const Side *side, int64_t at, int more, Place *verb) {
    for (int64_t number = 0, count = more ? many(side, MIDDLE, at) : 0; number < count; number++) {
        int64_t length = word_at(side, MIDDLE, number, at);
        if (length >= 0 && closes(side, at + length, more - 1, verb)) return 1;
    }
    for (int64_t number = 0, count = many(side, AFTER, at); number < count; number++) {
        int64_t length = word_at(side, AFTER, number, at);
        if (length < 0 || !is_closed(side, at + length)) continue;
        *verb = (Place){(int32_t)at, (int32_t)(at + length), 0};
        return 1;
    }
    return 0;
}

static int closes_spaced(const Side *side, int64_t at, Place *verb) {
    return (follows(side, at, SPACE) && closes(side, at + 1, MOST_MODIFIERS, verb)) || closes(side, at, MOST_MODIFIERS, verb);
}

static int closes_suffixed(const Side *side, int64_t at, Place *verb) {
    for (int64_t number = 0, count = many(side, OFFER_SUFFIXES, at); number < count; number++) {
        int64_t length = word_at(side, OFFER_SUFFIXES, number, at);
        if (length >= 0 && closes_spaced(side, at + length, verb)) return 1;
    }
    return closes_spaced(side, at, verb);
}

/* Find a verb behind a candidate; `verb`: where in the folded text. */
static int is_offered_after(const Case *c, const Candidate *one, Place *verb) {
    Side side;
    read_right(c->r->lists, folded_of(c, one), one->end, &side);
    if (!(follows(&side, 0, SPACE) && closes_suffixed(&side, 1, verb)) && !closes_suffixed(&side, 0, verb)) return 0;
    *verb = (Place){(int32_t)side.places[verb->start], (int32_t)side.places[verb->end - 1] + 1, 0};
    return 1;
}

static int holds_any(const Words *list, const uint32_t *codes, int64_t size) {
    for (int64_t at = 0; at < size; at++)
        if (wd_is_in(list, codes[at])) return 1;
    return 0;
}

/* Tell whether a trading verb stands right beside a candidate; `verb`: where in its folded text. */
int wd_offered(const Case *c, const Candidate *one, Place *verb) {
    const Folded *f = folded_of(c, one);
    int64_t low = at_least(one->start - VERB, 0), high = at_most(one->end + VERB, f->size);
    const uint32_t *codes = f->codes;
    if (holds_any(c->r->lists + VERBS_BEFORE, codes + low, one->start - low) && is_offered_before(c, one, verb)) return 1;
    return holds_any(c->r->lists + VERBS_AFTER, codes + one->end, high - one->end) && is_offered_after(c, one, verb);
}

/* Tell whether one of the words follows, nothing but a few harmless characters between. */
static int is_like(const Words *lists, int words, const uint32_t *right, int64_t size) {
    for (int64_t at = 0; at < size && at <= GAP; at++) {
        if (wd_starts(lists + words, right + at, size - at)) return 1;
        if (wd_is_in(lists + GAP_STOPS, right[at])) return 0;
    }
    return 0;
}

static int is_brand(const Words *lists, const uint32_t *right, int64_t size) {
    if (wd_starts(lists + BRAND_UNLESS, right, size)) return 0;
    for (int64_t number = 0; number < lists[BRANDS].count; number++) {
        int64_t length = wd_word(lists + BRANDS, number, right, size);
        if (length >= 0) return length < size && !is_mark(right[length]);
    }
    return 0;
}

static int is_denied(const Words *lists, const uint32_t *left, int64_t size) {
    for (int64_t gap = 0; gap <= DENIED && gap <= size; gap++) {
        if (wd_ends(lists + DENIALS, left, size - gap)) return 1;
        if (gap == size) return 0;
        uint32_t last = left[size - gap - 1];
        if (last == STOP || last == FAKE || last == IMITATED) return 0;
    }
    return 0;
}

static int excuse(const Words *lists, const uint32_t *left, int64_t lefts, const uint32_t *right, int64_t rights, int thing) {
    if (is_like(lists, LIKE_AFTER, right, rights)) return 1;
    if (wd_starts(lists + SUFFIXES, right, rights) && !wd_starts(lists + SUFFIX_UNLESS, right, rights)) return 1;
    if (thing && !wd_ends(lists + TRAPPED, left, lefts) && (is_like(lists, GOODS, right, rights) || is_brand(lists, right, rights)))
        return 1;
    if (wd_ends(lists + LIKE_BEFORE, left, lefts - (lefts && left[lefts - 1] == OF))) return 1;
    return is_denied(lists, left, lefts);
}

/* Tell whether a plainly written candidate is a brand, a likeness or denied. */
int wd_excused(const Case *c, const Candidate *one) {
    const Words *lists = c->r->lists;
    const uint32_t *codes = c->f->codes;
    int64_t low = at_least(one->start - SIDE, 0), high = at_most(one->end + SIDE, c->f->size);
    int thing = c->r->entries[one->entry].thing;
    Side left, right;
    if (!is_of(c, PLAIN, one)) return 0;
    /* What was stripped only keeps words apart: where nothing is found without it, nothing is found with it. */
    if (!excuse(lists, codes + low, one->start - low, codes + one->end, high - one->end, thing)) return 0;
    read_left(lists, c->f, one->start, &left);
    read_right(lists, c->f, one->end, &right);
    return excuse(lists, left.codes, left.size, right.codes, right.size, thing);
}
