/* Selecting: which candidates count, and by which rule each of the others does not; see `match.py` and `select.py`. */

#include <string.h>

#include "kernel.h"

#define MOST_AGAIN 20
#define NOBODY (-1)

static int is_among(const Folded *f, int64_t start, int64_t end, uint32_t code) {
    for (; start < end; start++)
        if (f->codes[start] == code) return 1;
    return 0;
}

/* Return how a plain pattern is written here. */
int wd_refined(const Folded *f, int channel, int64_t start, int64_t end) {
    int wide = 1, same = 1;
    if (channel != EXACT) return channel;
    if (!is_tight(f, start, end)) return INSERTED;
    for (int64_t at = start; at < end; at++) {
        uint32_t code = f->text[f->places[at]];
        if (code == f->codes[at]) continue;
        same = 0;
        wide &= code < 128 || (code >= 0xFF00 && code <= 0xFFEF) || is_among(f, start, end, code);
    }
    return same ? EXACT : wide ? WIDTH : VARIANT;
}

/* Tell whether a wording is among those that are enough together; `at`: of these the first that may be, by their ends. */
static int is_said(const Case *c, Place p, int64_t *at) {
    const Place *said = c->seen->spoken;
    while (*at < c->seen->spoken_count && said[*at].end < p.end) ++*at;
    return *at < c->seen->spoken_count && said[*at].end == p.end && said[*at].start == p.start;
}

/* Add a candidate; 0: there are too many. `drawn`: it stands in the text with its emoji. */
int wd_add(Case *c, Place p, Meaning meaning, int heard, int drawn) {
    const Folded *f = drawn ? c->drawn : c->f;
    Candidate *one = c->all + c->count;
    if (!(c->r->sets[WANTED_CHANNELS] >> meaning.channel & 1)) return 1;
    if (c->count++ == MOST_JUDGED) return 0;
    *one = (Candidate){p.start, p.end, meaning.entry, meaning.channel, meaning.gated, (uint8_t)heard, meaning.unlawful, WAITS, (uint8_t)drawn,
                       p.start, p.end, (int32_t)f->places[p.start], (int32_t)f->places[p.end - 1] + 1};
    if (drawn) one->low = (int32_t)wd_place(c->f, one->from), one->high = (int32_t)wd_place(c->f, one->to);
    return 1;
}

/* Add what a pattern means as an object, and as a wording where it is one of enough; 0: there are too many. */
static int add_meanings(Case *c, Place p, int64_t *spoken) {
    const Word *word = c->t->word + p.number;
    int said = word->kind & SAID && is_said(c, p, spoken);
    if ((!(word->kind & NAMED) && !said) || !wd_is_whole(c->f, p)) return 1;
    for (int64_t at = c->r->meanings[word->pattern]; at < c->r->meanings[word->pattern + 1]; at++) {
        Meaning meaning = c->r->meaning[at];
        if (meaning.channel == EMOJI || (meaning.channel == CONTEXT && !said)) continue;
        meaning.channel = (uint8_t)wd_refined(c->f, meaning.channel, p.start, p.end);
        if (!wd_add(c, p, meaning, 0, 0)) return 0;
    }
    return 1;
}

/* Mark what an ordinary word covers. */
static void cover(Case *c) {
    for (int64_t at = 0; at < c->count; at++) {
        Candidate *one = c->all + at;
        int coverable = is_of(c, PLAIN, one) || is_of(c, ACCIDENTAL, one);
        if (one->channel == CODEWORD) coverable = is_tight(c->f, one->start, one->end);
        if (coverable && wd_is_hidden(one->start, one->end, c->covers, c->cover_count)) one->state = COVERED;
    }
}

/* Gather the candidates; return how many of them name an object and are not covered, or `UNSURE`. */
int64_t wd_collect(Case *c) {
    int64_t named = 0, spoken = 0;
    c->count = 0;
    for (int64_t at = 0; at < c->seen->found_count; at++)
        if (!add_meanings(c, c->seen->found[at], &spoken)) return UNSURE;
    for (int64_t at = 0; at < c->seen->heard_count; at++) {
        Place p = c->seen->heard[at];
        if (!wd_add(c, p, (Meaning){p.number, HOMOPHONE, 1, 0, 0}, 1, 0)) return UNSURE;
    }
    cover(c);
    for (int64_t at = 0; at < c->count; at++) named += c->all[at].state != COVERED && c->all[at].channel != CONTEXT;
    return named;
}

/* Write the candidates' numbers of one reading in the order in which they are asked about: the longest first. */
static int64_t order(const Case *c, int drawn, int16_t *numbers) {
    int64_t count = 0;
    for (int64_t at = 0; at < c->count; at++) {
        const Candidate *one = c->all + at;
        int64_t to = count;
        if (one->state == COVERED || one->drawn != drawn) continue;
        for (; to; to--) {
            const Candidate *before = c->all + numbers[to - 1];
            if (before->end - before->start >= one->end - one->start) break;
            numbers[to] = numbers[to - 1];
        }
        numbers[to] = (int16_t)at, count++;
    }
    return count;
}

/* Tell whether a longer one that counts covers a candidate. */
static int is_within(const Case *c, const int16_t *owners, const Candidate *one) {
    int owner = owners[one->start];
    if (owner == NOBODY || owner != owners[one->end - 1]) return 0;
    return c->all[owner].end - c->all[owner].start > one->end - one->start;
}

/* Note a verb beside what counts, in the text without emoji; 0: nothing is left of it there. */
static int note_verb(Case *c, const Candidate *one, Place verb) {
    const Folded *f = folded_of(c, one);
    c->verb = verb;
    if (!one->drawn) return 1;
    c->verb.start = (int32_t)wd_place(c->f, f->places[verb.start]);
    c->verb.end = (int32_t)wd_place(c->f, f->places[verb.end - 1] + 1);
    return c->verb.start < c->verb.end;
}

/* Judge a candidate by the rules; 0: the twins are to be asked. */
static int judge(Case *c, Candidate *one) {
    Place verb = {0, 0, 0};
    int offered = 0, state, missing = wd_missing(c, one, 0);
    if (missing > 0) offered = wd_offered(c, one, &verb);
    if (offered) missing = wd_missing(c, one, 1);
    if (missing == UNSURE) return 0;
    state = missing ? LACKS_CONTEXT : wd_no_word(c, one);
    if (state == UNSURE) return 0;
    one->state = (uint8_t)state;
    if (state != COUNTS || c->verb.end) return 1;
    return offered || wd_offered(c, one, &verb) ? note_verb(c, one, verb) : 1;
}

static int counts_plainly(const Case *c, const Candidate *one) { return one->state == COUNTS && is_of(c, PLAIN, one); }

/* Tell whether one that counts and is not excused writes this entry plainly. */
static int is_also_plain(const Case *c, int32_t entry, const uint8_t *excused) {
    for (int64_t at = 0; at < c->count; at++)
        if (c->all[at].entry == entry && !excused[at] && counts_plainly(c, c->all + at)) return 1;
    return 0;
}

/* Excuse what may be written by accident where the name is written out and excused: who does that hides nothing. */
static void excuse_accidents(const Case *c, const uint8_t *first, uint8_t *excused) {
    for (int64_t by = 0; by < c->count; by++) {
        if (!first[by] || is_also_plain(c, c->all[by].entry, first)) continue;
        for (int64_t at = 0; at < c->count; at++)
            if (c->all[at].state == COUNTS && c->all[at].entry == c->all[by].entry && is_of(c, ACCIDENTAL, c->all + at)) excused[at] = 1;
    }
}

/* Excuse the same name elsewhere. */
static void excuse_again(const Case *c, const uint8_t *first, uint8_t *excused) {
    for (int64_t by = 0; by < c->count; by++)
        for (int64_t at = 0; first[by] && at < c->count; at++)
            if (counts_plainly(c, c->all + at) && wd_is_same(c->f, c->all[by].start, c->all[by].end, c->all[at].start, c->all[at].end))
                excused[at] = 1;
}

/* Take out what is a brand or a likeness or denied. */
static void drop_excused(Case *c) {
    uint8_t excused[MOST_JUDGED] = {0}, first[MOST_JUDGED];
    int any = 0;
    for (int64_t at = 0; at < c->count; at++) {
        if (c->all[at].state == COUNTS) excused[at] = (uint8_t)wd_excused(c, c->all + at);
        any |= excused[at];
    }
    if (!any) return;
    memcpy(first, excused, sizeof first);
    excuse_accidents(c, first, excused);
    memcpy(first, excused, sizeof first);
    if (!(c->said & c->r->sets[SURE])) excuse_again(c, first, excused);
    for (int64_t at = 0; at < c->count; at++)
        if (excused[at]) c->all[at].state = EXCUSED;
}

/* Ask the other rules, too, about what lacks only context; 0: the twins are to be asked. */
static int look_again(Case *c, const int16_t *numbers, int64_t count) {
    int64_t asked = 0;
    for (int64_t at = 0; at < count; at++) {
        Candidate *one = c->all + numbers[at];
        if (one->state != LACKS_CONTEXT) continue;
        int state = asked++ < MOST_AGAIN ? wd_no_word(c, one) : GONE;
        if (state == UNSURE) return 0;
        if (state != COUNTS) one->state = (uint8_t)state;
        else if (wd_excused(c, one)) one->state = EXCUSED;
    }
    return 1;
}

/* Judge the candidates of one reading; 0: the twins are to be asked. */
static int judge_all(Case *c, int drawn, const int16_t *numbers, int64_t count) {
    int16_t *owners = (int16_t *)c->w->letters;
    int64_t size = drawn ? c->drawn->size : c->f->size;
    for (int64_t at = 0; at < size; at++) owners[at] = NOBODY;
    for (int64_t at = 0; at < count; at++) {
        Candidate *one = c->all + numbers[at];
        if (is_within(c, owners, one)) one->state = GONE;
        else if (one->channel == CONTEXT) one->state = ANCHOR;
        else if (!judge(c, one)) return 0;
        for (int64_t place = one->start; one->state == COUNTS && place < one->end; place++) owners[place] = numbers[at];
    }
    return 1;
}

/* Give each candidate its state; 0: the twins are to be asked. */
int wd_select(Case *c) {
    int16_t numbers[MOST_JUDGED];
    int64_t count = 0, kept = 0;
    c->verb = (Place){0, 0, 0};
    for (int drawn = 0; drawn <= (c->drawn != 0); drawn++) {
        int64_t own = order(c, drawn, numbers + count);
        if (!judge_all(c, drawn, numbers + count, own)) return 0;
        count += own;
    }
    drop_excused(c);
    for (int64_t at = 0; at < c->count; at++) kept += c->all[at].state == COUNTS;
    return kept ? 1 : look_again(c, numbers, count);
}
