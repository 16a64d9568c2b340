/* Pieces: which characters that stand side by side in folded text are one word in the original; see `whole.py`. */

#include <string.h>

#include "kernel.h"

#define LONGEST_GAP 12

static int is_stop(uint32_t code, int pauses) {
    switch (code) {
    case '\n': case '\r': case 0x3002: case 0xFF01: case 0xFF1F: case 0xFF1B: case '!': case '?': case ';': return 1;
    case 0xFF0C: case 0x3001: case 0xFF1A: case ',': return pauses;
    default: return 0;
    }
}

int wd_is_one_word(const Folded *f, int64_t start, int64_t end) {
    int64_t stopped = 0;
    if (is_tight(f, start, end)) return 1;
    for (int64_t at = start + 1; at < end; at++) {
        int64_t from = f->places[at - 1] + 1, to = f->places[at];
        int stops = 0;
        if (to - from > LONGEST_GAP) return 0;
        for (; from < to; from++) stops |= is_stop(f->text[from], end - start == 2);
        stopped += stops;
    }
    return stopped == 0 || (stopped == end - start - 1 && stopped > 1);
}

static int is_cut(const Folded *f, int64_t left, int any) {
    uint32_t a = f->codes[left], b = f->codes[left + 1];
    if (f->places[left + 1] - f->places[left] != 1) return 0;
    if (any) return (is_digit(a) || is_latin(a)) && (is_digit(b) || is_latin(b));
    return (is_digit(a) && is_digit(b)) || (is_latin(a) && is_latin(b));
}

static int cuts_latin(const Folded *f, int64_t start, int64_t end) {
    int any = end - start < LONGEST_PINYIN_WORD;
    if (f->codes[start] > 127 && f->codes[end - 1] > 127) return 0;
    for (int64_t at = start; any && at < end; at++) any = f->codes[at] < 128;
    return (start > 0 && is_cut(f, start - 1, any)) || (end < f->size && is_cut(f, end - 1, any));
}

int wd_is_whole(const Folded *f, Place p) { return wd_is_one_word(f, p.start, p.end) && !cuts_latin(f, p.start, p.end); }

/* Tell whether a longer ordinary word covers a place. */
int wd_is_hidden(int64_t start, int64_t end, const Place *covers, int64_t count) {
    for (int64_t by = 0; by < count; by++)
        if (covers[by].start <= start && end <= covers[by].end && covers[by].end - covers[by].start > end - start) return 1;
    return 0;
}

/* Tell whether two places hold the same characters. */
int wd_is_same(const Folded *f, int64_t start, int64_t end, int64_t other, int64_t other_end) {
    return end - start == other_end - other && !memcmp(f->codes + start, f->codes + other, (size_t)(end - start) * sizeof *f->codes);
}

void wd_sort_by_end(Place *places, int64_t count) {
    for (int64_t at = 1; at < count; at++) {
        Place one = places[at];
        int64_t to = at;
        for (; to && (places[to - 1].end > one.end || (places[to - 1].end == one.end && places[to - 1].start > one.start)); to--)
            places[to] = places[to - 1];
        places[to] = one;
    }
}
