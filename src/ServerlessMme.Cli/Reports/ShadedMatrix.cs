namespace ServerlessMme.Cli.Reports;

/// <summary>
/// A confusion matrix as a table: one row per old or correct label, one column per answer. The diagonal has the
/// unchanged or right answers; other cells stand out. Darker cells have a larger share of their row.
/// </summary>
/// <param name="rowTitle">The title of the rows.</param>
/// <param name="columnTitle">The title of the columns.</param>
internal sealed class ShadedMatrix(string rowTitle, string columnTitle)
{
    private const int Shades = 10;
    private const int MaxName = 20;

    /// <param name="names">Names of both rows and columns.</param>
    /// <param name="count">The number in a row and column.</param>
    public Html Write(IReadOnlyList<string> names, Func<int, int, long> count)
    {
        var columns = Enumerable.Range(0, names.Count).ToList();
        return $"""
            <div class="scroll"><table class="matrix">
            <thead><tr><th class="corner" scope="col">{rowTitle} ↓ &nbsp; {columnTitle} →</th>
            {Html.All(names.Select(Head))}</tr></thead>
            <tbody>{Html.All(columns.Select(row => Row(names[row], row, [.. columns.Select(at => count(row, at))])))}
            </tbody>
            </table></div>

            """;
    }

    private static Html Head(string name) => $"""
        <th scope="col" class="turned"><span title="{name}">{Short(name)}</span></th>
        """;

    private static Html Row(string name, int row, long[] counts)
    {
        var sum = Math.Max(1, counts.Sum());
        var cells = counts.Select((count, column) => Cell(count, (double)count / sum, row == column));
        return $"""
            <tr><th scope="row"><span title="{name}">{Short(name)}</span></th>{Html.All(cells)}</tr>

            """;
    }

    private static Html Cell(long count, double share, bool isDiagonal)
    {
        // The square root keeps a few mistakes visible beside many right answers.
        var shade = count == 0 ? 0 : Math.Max(1, (int)Math.Round(Math.Sqrt(share) * Shades));
        var kind = isDiagonal ? "right" : "wrong";
        return count == 0
            ? (Html)$"""<td class="{kind} s0">·</td>"""
            : $"""<td class="{kind} s{shade}">{count}</td>""";
    }

    private static string Short(string name) => name.Length > MaxName ? name[..MaxName] + "…" : name;
}
