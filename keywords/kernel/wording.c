/* Wording: what the learned judge's table says of the n-grams around objects; see `learned/features.py`. */

#include <string.h>

#include "kernel.h"

#define REACHED 7
#define NAMED_FROM 4
#define NUMBER 0xE230
#define CONTACT_NAME 0xE231
#define LONGEST_GRAM 4
#define GRAM_SHIFT 43

static uint32_t key_after(uint64_t *rolled, uint32_t code) {
    *rolled = (*rolled ^ code) * GOLDEN;
    return (uint32_t)(*rolled >> GRAM_SHIFT);
}

/* Write the number of an n-gram that is one character longer where it is in the table; return where the next one goes. */
static inline uint32_t *spell_longer(const uint64_t *known, uint64_t *rolled, uint32_t code, uint32_t *to) {
    uint32_t key = key_after(rolled, code);
    *to = key;
    return to + has(known, key); /* most are not: nothing is asked of a branch */
}

/* Write the numbers of the n-grams that are in the table; return how many. */
static int64_t spell_known(const uint64_t *known, uint32_t *keys, const uint32_t *codes, int64_t size) {
    uint32_t *to = keys;
    int64_t at = 0;
    for (; at + LONGEST_GRAM <= size; at++) {
        uint64_t rolled = 0;
        to = spell_longer(known, &rolled, codes[at], to);
        to = spell_longer(known, &rolled, codes[at + 1], to);
        to = spell_longer(known, &rolled, codes[at + 2], to);
        to = spell_longer(known, &rolled, codes[at + 3], to);
    }
    for (; at < size; at++) {
        uint64_t rolled = 0;
        for (int64_t next = at; next < size; next++) to = spell_longer(known, &rolled, codes[next], to);
    }
    return to - keys;
}

/* The n-grams' sum in the table, each counted once: it is worth nothing once it was met, until the end. */
static int64_t tally(const Tables *t, const Work *w, const uint32_t *codes, int64_t size) {
    uint32_t *keys = w->keys;
    int8_t *left = w->left;
    int64_t total = 0, count = spell_known(t->known, keys, codes, size);
    for (int64_t at = 0; at < count; at++) {
        uint32_t place = t->moved[keys[at] >> 6] + (keys[at] & 63);
        total += left[place];
        left[place] = 0, keys[at] = place;
    }
    for (int64_t at = 0; at < count; at++) left[keys[at]] = t->grams[keys[at]];
    return total;
}

/* Return how many different n-grams a text has, in the table or not. */
int64_t wd_different(Work *w, const uint32_t *codes, int64_t size) {
    int64_t different = 0;
    uint32_t bits = 4;
    while (1 << bits < 2 * LONGEST_GRAM * size) bits++;
    memset(w->seen, 0, sizeof *w->seen << bits);
    for (int64_t at = 0; at < size; at++) {
        uint64_t rolled = 0;
        for (int64_t next = at; next < at + LONGEST_GRAM && next < size; next++) {
            uint32_t key = key_after(&rolled, codes[next]), place = key * 0x9E3779B1u >> (32 - bits);
            while (w->seen[place] && w->seen[place] != key + 1) place = (place + 1) & ((1u << bits) - 1);
            different += !w->seen[place];
            w->seen[place] = key + 1;
        }
    }
    return different;
}

/* Return how many n-grams so many characters have, repeated ones too. */
int64_t wd_grams_of(int64_t size) {
    int64_t count = 0;
    for (int64_t length = 0; length < LONGEST_GRAM && length < size; length++) count += size - length;
    return count;
}

/* Return where letters and figures end that begin here; count the figures. */
static int64_t run_end(const uint32_t *codes, int64_t at, int64_t size, int64_t *digits) {
    for (*digits = 0; at < size && (is_digit(codes[at]) || is_small(codes[at])); at++) *digits += is_digit(codes[at]);
    return at;
}

/* Write what stands for numbers and accounts in their place, and 0 for what is left out; return whether anything is. */
static int mask(uint32_t *shown, const uint32_t *codes, int64_t size) {
    int any = 0;
    for (int64_t at = 0, end, digits; at < size; at = end) {
        end = at + 1;
        if (codes[at] > 'z') continue; /* most are Chinese */
        end = run_end(codes, at, size, &digits);
        int64_t length = end - at;
        end = at_least(end, at + 1);
        if (!digits) continue;
        uint32_t code = length >= (digits == length ? REACHED : NAMED_FROM) ? CONTACT_NAME : digits == length ? NUMBER : 0;
        if (!code) continue;
        memset(shown + at, 0, (size_t)length * sizeof *shown);
        shown[at] = code, any |= length > 1;
    }
    return any;
}

/* Show what stands for an object in its place, which is counted from `low`; return whether anything is left out. */
static int show(uint32_t *shown, int64_t low, Place one) {
    if (!one.number) return 0;
    memset(shown + one.start - low, 0, (size_t)(one.end - one.start) * sizeof *shown);
    shown[one.start - low] = (uint32_t)one.number;
    return one.end - one.start > 1;
}

/* Close up what is left; return how many characters it has. */
static int64_t close_up(uint32_t *shown, int64_t size) {
    int64_t kept = 0;
    for (int64_t at = 0; at < size; at++) {
        uint32_t code = shown[at];
        shown[kept] = code;
        kept += code != 0;
    }
    return kept;
}

/* Read the surroundings of places, which are in text order; a place's number is what is shown for it, 0: itself.

   Return the n-grams' sum in the table, each counted once; what was read is left in `shown`, `*size` characters of it. */
int64_t wd_weigh(const Tables *t, Work *w, const Folded *f, const Place *places, int64_t count, int64_t *size) {
    int64_t shown = 0;
    for (int64_t first = 0, after; first < count; first = after) {
        int64_t low = at_least(places[first].start - REACH, 0), high = low;
        uint32_t *own = w->shown + shown;
        for (after = first; after < count && (after == first || places[after].start - REACH <= high); after++)
            high = at_least(high, places[after].end + REACH);
        high = at_most(high, f->size);
        memcpy(own, f->codes + low, (size_t)(high - low) * sizeof *own);
        int left_out = mask(own, f->codes + low, high - low);
        for (int64_t at = first; at < after; at++) left_out |= show(own, low, places[at]);
        shown += left_out ? close_up(own, high - low) : high - low;
    }
    *size = shown;
    return tally(t, w, w->shown, shown);
}
