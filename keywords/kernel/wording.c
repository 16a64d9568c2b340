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

/* Write the numbers of the n-grams that are in the table; return how many. Most are not: nothing is asked of a branch. */
static int64_t spell_known(const uint64_t *known, uint32_t *keys, const uint32_t *codes, int64_t size) {
    int64_t count = 0, at = 0;
    for (; at + LONGEST_GRAM <= size; at++) {
        uint64_t rolled = 0;
        for (int64_t next = 0; next < LONGEST_GRAM; next++) {
            uint32_t key = key_after(&rolled, codes[at + next]);
            keys[count] = key, count += has(known, key);
        }
    }
    for (; at < size; at++) {
        uint64_t rolled = 0;
        for (int64_t next = at; next < size; next++) {
            uint32_t key = key_after(&rolled, codes[next]);
            keys[count] = key, count += has(known, key);
        }
    }
    return count;
}

/* The n-grams' sum in the table, each counted once: those that were met are marked, and unmarked in the end. */
static int64_t tally(const Tables *t, Work *w, const uint32_t *codes, int64_t size) {
    int64_t total = 0, count = spell_known(t->known, w->keys, codes, size);
    for (int64_t at = 0; at < count; at++) {
        uint32_t key = w->keys[at];
        uint64_t marks = w->met[key >> 6];
        total += t->grams[key] * (int64_t)(~(marks >> (key & 63)) & 1);
        w->met[key >> 6] = marks | (uint64_t)1 << (key & 63);
    }
    for (int64_t at = 0; at < count; at++) w->met[w->keys[at] >> 6] = 0;
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

/* Write into `keys` what is read of a stretch: numbers and accounts as what stands for them, 0 for what is left out. */
static void mask(Work *w, const uint32_t *codes, int64_t low, int64_t high) {
    for (int64_t at = low, end; at < high; at = end) {
        int64_t digits = 0;
        if (codes[at] > 'z') { /* most are Chinese */
            w->keys[at] = codes[at];
            end = at + 1;
            continue;
        }
        for (end = at; end < high && (is_digit(codes[end]) || is_small(codes[end])); end++) digits += is_digit(codes[end]);
        uint32_t shown = 0;
        if (digits && end - at >= (digits == end - at ? REACHED : NAMED_FROM)) shown = CONTACT_NAME;
        else if (digits && digits == end - at) shown = NUMBER;
        if (shown) memset(w->keys + at, 0, (size_t)(end - at) * sizeof *w->keys);
        if (end == at) end++;
        if (shown) w->keys[at] = shown;
        else memcpy(w->keys + at, codes + at, (size_t)(end - at) * sizeof *w->keys);
    }
}

/* Show what stands for an object in its place. */
static void show(Work *w, Place one) {
    if (!one.number) return;
    memset(w->keys + one.start, 0, (size_t)(one.end - one.start) * sizeof *w->keys);
    w->keys[one.start] = (uint32_t)one.number;
}

/* Read the surroundings of places, which are in text order; a place's number is what is shown for it, 0: itself.

   Return the n-grams' sum in the table, each counted once; what was read is left in `shown`, `*size` characters of it. */
int64_t wd_weigh(const Tables *t, Work *w, const Folded *f, const Place *places, int64_t count, int64_t *size) {
    int64_t shown = 0;
    for (int64_t first = 0, after; first < count; first = after) {
        int64_t low = at_least(places[first].start - REACH, 0), high = low;
        for (after = first; after < count && (after == first || places[after].start - REACH <= high); after++)
            high = at_least(high, places[after].end + REACH);
        high = at_most(high, f->size);
        mask(w, f->codes, low, high);
        for (int64_t at = first; at < after; at++) show(w, places[at]);
        for (int64_t at = low; at < high; at++) {
            w->shown[shown] = w->keys[at];
            shown += w->keys[at] != 0;
        }
    }
    *size = shown;
    return tally(t, w, w->shown, shown);
}
