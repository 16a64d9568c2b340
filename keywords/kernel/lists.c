/* Lists: words that the rules look for beside a candidate. */

#include "kernel.h"

/* Return the length of a word where it begins these characters, else -1. */
int64_t wd_word(const Words *list, int64_t number, const uint32_t *codes, int64_t size) {
    const uint32_t *word = list->codes + list->ends[number];
    int64_t length = list->ends[number + 1] - list->ends[number];
    if (length > size) return -1;
    for (int64_t at = 0; at < length; at++)
        if (word[at] != codes[at]) return -1;
    return length;
}

/* Tell whether a character is one of a list of single ones. */
int wd_is_in(const Words *list, uint32_t code) {
    if (!may_start(list, &code, 1)) return 0;
    for (int64_t number = 0; number < list->count; number++)
        if (list->codes[number] == code) return 1;
    return 0;
}

/* Tell whether one of the words begins these characters. */
int wd_starts(const Words *list, const uint32_t *codes, int64_t size) {
    if (!may_start(list, codes, size)) return 0;
    for (int64_t number = 0; number < list->count; number++)
        if (wd_word(list, number, codes, size) >= 0) return 1;
    return 0;
}

/* Tell whether one of the words ends them. */
int wd_ends(const Words *list, const uint32_t *codes, int64_t size) {
    if (size > 0 && !has(list->lasts, sort_of(codes[size - 1]))) return 0;
    for (int64_t number = 0; number < list->count; number++) {
        int64_t length = list->ends[number + 1] - list->ends[number];
        if (length <= size && wd_word(list, number, codes + size - length, length) >= 0) return 1;
    }
    return 0;
}

/* Tell whether one of some words, none of them empty, is anywhere in them. */
int wd_holds(const Words *list, int64_t first, int64_t after, const uint32_t *codes, int64_t size) {
    uint64_t firsts[4] = {0, 0, 0, 0};
    for (int64_t number = first; number < after; number++) {
        uint32_t sort = sort_of(list->codes[list->ends[number]]);
        firsts[sort >> 6] |= (uint64_t)1 << (sort & 63);
    }
    for (int64_t at = 0; at < size; at++) {
        if (!has(firsts, sort_of(codes[at]))) continue;
        for (int64_t number = first; number < after; number++)
            if (wd_word(list, number, codes + at, size - at) >= 0) return 1;
    }
    return 0;
}
