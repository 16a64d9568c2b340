/* Context: the cue words, prices, quantities and contacts around what was found; see `near.py` and `context.py`. */

#include <string.h>

#include "kernel.h"

#define MOST_HIDING 64 /* words of a text that hide cues */
#define YEN 0xA5
#define WIDE_YEN 0xFFE5

static void surround(const Case *c, int64_t start, int64_t end, int32_t *steps) {
    steps[at_least(start - REACH, 0)]++, steps[at_most(end + REACH, c->f->size)]--;
}

/* Add up in `steps` where the surroundings of what was found begin and end. */
static void spread(const Case *c, int32_t *steps) {
    for (int64_t at = 0; at < c->count; at++)
        if (c->all[at].state != COVERED) surround(c, c->all[at].low, c->all[at].high, steps);
    for (int64_t at = 0; at < c->seen->found_count; at++) {
        Place p = c->seen->found[at];
        if (c->t->word[p.number].kind & PART) surround(c, p.start, p.end, steps);
    }
}

/* Find the stretches that are read; 0: they are too many. */
static int find_stretches(Case *c) {
    int32_t *steps = (int32_t *)c->w->keys, open = 0;
    memset(steps, 0, (size_t)(c->f->size + 1) * sizeof *steps);
    spread(c, steps);
    c->stretch_count = 0;
    for (int64_t at = 0; at <= c->f->size; at++) {
        int32_t before = open;
        open += steps[at];
        if (!before && open) {
            if (c->stretch_count == MOST_STRETCHES) return 0;
            c->stretches[c->stretch_count].low = at;
        }
        if (before && !open) c->stretches[c->stretch_count++].high = at;
    }
    return 1;
}

/* Return the stretch that holds a word, 0: none does. */
static const Stretch *stretch_of(const Case *c, const Context *word) {
    for (const Stretch *one = c->stretches; one < c->stretches + c->stretch_count; one++)
        if (one->low <= word->start && word->end <= one->high) return one;
    return 0;
}

/* Tell whether numbers and accounts go on with a character, digits of any script: certain for Chinese texts alone. */
static int is_continued_by(uint32_t code) {
    if (code < 128) return is_digit(code) || is_latin(code) || code == '_';
    return code >= 0x3001 && code <= 0x9FFF && (code <= 0x30FF || code >= 0x3400) ? 0 : UNSURE;
}

/* Tell whether digits stand inside a longer number or an account. */
static int is_inside_number(const Case *c, const Context *word, const Stretch *in) {
    const uint32_t *codes = c->f->codes;
    int left = word->start > in->low ? is_continued_by(codes[word->start - 1]) : 0;
    int right = word->end < in->high ? is_continued_by(codes[word->end]) : 0;
    return left == UNSURE || right == UNSURE ? UNSURE : left || right;
}

/* Leave out words in no stretch, and digits in longer numbers; note what hides others, return how many do. */
static int64_t sort_out(Case *c, Context *hiding) {
    int64_t kept = 0, hidden = 0;
    Context *words = c->seen->nearby;
    for (int64_t at = 0; at < c->seen->nearby_count; at++) {
        const Stretch *in = stretch_of(c, words + at);
        if (!in) continue;
        if (words[at].hides < 0) { /* the sign bit: it is a number */
            int inside = is_inside_number(c, words + at, in);
            if (inside == UNSURE) return UNSURE;
            if (inside) continue;
            words[at].hides &= INT64_MAX;
        }
        if (words[at].hides) {
            if (hidden == MOST_HIDING) return UNSURE;
            hiding[hidden++] = words[at];
        }
        words[kept++] = words[at];
    }
    c->seen->nearby_count = kept;
    return hidden;
}

/* Take from each word the groups in which another one hides it. */
static void hide(Case *c, const Context *hiding, int64_t count) {
    Context *words = c->seen->nearby;
    int64_t kept = 0;
    for (int64_t at = 0; at < c->seen->nearby_count; at++) {
        Context word = words[at];
        for (int64_t by = 0; by < count; by++)
            if (hiding[by].start <= word.start && word.end <= hiding[by].end) word.groups &= ~hiding[by].hides;
        if (word.groups) words[kept++] = word;
    }
    c->seen->nearby_count = kept;
}

static void read_numbers(Case *c) {
    for (int64_t at = 0; at < c->stretch_count; at++) {
        Stretch one = c->stretches[at];
        Context *cues = c->seen->nearby + c->seen->nearby_count;
        int64_t count = wd_numbers(c->f->codes + one.low, one.high - one.low, c->r->sets, cues);
        for (int64_t cue = 0; cue < count; cue++) cues[cue].start += one.low, cues[cue].end += one.low;
        c->seen->nearby_count += count;
    }
}

/* Tell whether the original shows a currency sign in a stretch or beside it. */
static int is_signed(const Folded *f, const Stretch *one) {
    int64_t from = one->low ? f->places[one->low - 1] + 1 : 0, to = one->high < f->size ? f->places[one->high] : f->length;
    for (int64_t at = from; at < to; at++)
        if (f->text[at] == YEN || f->text[at] == WIDE_YEN) return 1;
    return 0;
}

/* Add a price where there is no more of it than a sign. */
static void read_signs(Case *c) {
    int64_t price = (int64_t)1 << c->r->sets[G_PRICE], first = c->stretches[0].low;
    for (int64_t at = 0; at < c->stretch_count && !(c->said & price); at++) {
        if (!is_signed(c->f, c->stretches + at)) continue;
        c->seen->nearby[c->seen->nearby_count++] = (Context){first, first + 1, price, 0};
        c->said |= price;
    }
}

/* Make `seen->nearby`, which has room for more, the cues around what was found; 0: the twins are to be asked. */
int wd_read_context(Case *c) {
    Context hiding[MOST_HIDING];
    int64_t count;
    if (!find_stretches(c)) return 0;
    count = sort_out(c, hiding);
    if (count < 0) return 0;
    hide(c, hiding, count);
    read_numbers(c);
    c->said = 0;
    for (int64_t at = 0; at < c->seen->nearby_count; at++) c->said |= c->seen->nearby[at].groups;
    read_signs(c);
    if (c->seen->offered) c->said |= (int64_t)1 << c->r->sets[G_OFFERED];
    return 1;
}
