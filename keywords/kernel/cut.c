/* Cutting: jieba's segmentation of a short window, by its dictionary alone, and where a candidate lies in it.

   See `segment.py` and `boundary.py`: of all ways to cut the window the one with the highest product of frequencies is
   taken, of equal ones the one whose words are longer. Sums are made in the same order. */

#include "kernel.h"

#define WIDEST 32 /* characters of a window; see WINDOW and LONG of `boundary.py` */

/* Tell whether jieba looks these characters up as one piece. */
static int is_one_piece(const uint32_t *codes, int64_t size) {
    for (int64_t at = 0; at < size; at++)
        if (!(codes[at] - 0x4E00 <= 0x9FD5 - 0x4E00 || is_digit(codes[at]) || is_latin(codes[at]))) return 0;
    return size > 0;
}

/* Return the node after one character more, the last of these. */
static uint32_t longer(const Trie *trie, uint32_t node, const uint32_t *codes, int64_t size) {
    return size == 2 ? second(trie, node, codes[0], codes[1]) : further(trie, node, codes[size - 1]);
}

/* Ask for what words of two characters need. */
static void fetch(const Trie *trie, const uint32_t *codes, int64_t size) {
    for (int64_t at = 0; at + 1 < size; at++)
        if (begins(trie, codes[at], codes[at + 1]))
            FETCH(trie->slots + (key_of(trie->first[codes[at]], codes[at + 1]) * GOLDEN >> trie->shift));
}

/* Write by character where the word that begins there ends. */
static void route(const Rules *r, const uint32_t *codes, int64_t size, int64_t *after) {
    double best[WIDEST + 1];
    const Trie *trie = &r->dictionary;
    fetch(trie, codes, size);
    best[size] = 0.0;
    for (int64_t first = size - 1; first >= 0; first--) {
        uint32_t node = trie->first[codes[first]];
        double top = 0.0;
        int64_t found = 0;
        for (int64_t last = first + 1; node; last++) {
            if (node & WORD_HERE) {
                double worth = r->weights[trie->words[node & NODE]] + best[last];
                if (!found || worth >= top) top = worth, found = last;
            }
            if (last == size) break;
            node = longer(trie, node, codes + first, last - first + 1);
        }
        if (!found) top = r->alone + best[first + 1], found = first + 1;
        best[first] = top, after[first] = found;
    }
}

/* Join letters and figures that stand alone. */
static void join(const uint32_t *codes, int64_t size, int64_t *after) {
    for (int64_t first = 0; first < size;) {
        int64_t last = first;
        while (last < size && after[last] == last + 1 && codes[last] < 128) last++;
        if (last > first) after[first] = last;
        first = after[first];
    }
}

static int is_free(const Words *list, const uint32_t *codes, int64_t size) {
    return !size || (size == 1 && wd_is_in(list, *codes));
}

/* Return how a window is cut around [start, end): `OWN_WORD`, `INSIDE`, `ACROSS`, or `UNSURE`. */
int wd_cut(const Rules *r, const uint32_t *codes, int64_t size, int64_t start, int64_t end) {
    int64_t after[WIDEST], left = 0, right = 0;
    const Words *lefts = &r->lists[FREE_LEFT], *rights = &r->lists[FREE_RIGHT];
    const uint32_t *from = codes;
    if (size > WIDEST || !is_one_piece(codes, size)) return UNSURE;
    route(r, codes, size, after);
    join(codes, size, after);
    for (int64_t first = 0, last; first < size; first = last) {
        last = after[first];
        if (first < start && start < last) from = codes + first, left = start - first;
        if (first < end && end < last) right = last - end;
        if (first <= start && end <= last && last - first > end - start)
            return is_free(lefts, from, left) && is_free(rights, codes + end, right) ? OWN_WORD : INSIDE;
    }
    return is_free(lefts, from, left) && is_free(rights, codes + end, right) ? OWN_WORD : ACROSS;
}

/* Tell whether jieba's dictionary knows a word. */
int wd_is_known(const Rules *r, const uint32_t *codes, int64_t size) {
    const Trie *trie = &r->dictionary;
    for (int64_t at = 0; at < size; at++)
        if (codes[at] >= OTHER) return 0;
    uint32_t node = size ? trie->first[codes[0]] : 0;
    for (int64_t to = 2; node && to <= size; to++) node = longer(trie, node, codes, to);
    return node & WORD_HERE ? 1 : 0;
}
