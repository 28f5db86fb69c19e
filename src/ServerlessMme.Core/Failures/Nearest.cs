namespace ServerlessMme.Core.Failures;

/// <summary>Suggests a known word for a misspelled one.</summary>
public static class Nearest
{
    /// <summary>
    /// Returns the candidate with the fewest edits (insertions, deletions, replacements, swapped neighbors), ignoring
    /// case; null if no candidate is similar.
    /// </summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        var best = candidates.Select(candidate => (candidate, edits: Edits(word, candidate)))
            .OrderBy(item => item.edits).ThenBy(item => item.candidate, StringComparer.Ordinal).FirstOrDefault();
        return best.candidate is { } found && best.edits <= Math.Max(1, found.Length / 3) ? found : null;
    }

    /// <summary>The optimal string alignment distance, row by row.</summary>
    private static int Edits(string from, string to)
    {
        int[] before = [], last = [.. Enumerable.Range(0, to.Length + 1)];
        for (var i = 1; i <= from.Length; i++)
        {
            var row = new int[to.Length + 1];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = last[j - 1] + (IsSame(from[i - 1], to[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && IsSame(from[i - 1], to[j - 2]) && IsSame(from[i - 2], to[j - 1]))
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last) = (last, row);
        }

        return last[to.Length];
    }

    private static bool IsSame(char one, char other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other);
}
