using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Reports;

/// <summary>
/// A share of images as two cells of a table: the number, and a bar from the lower to the upper end of its interval.
/// </summary>
internal static class ShareCells
{
    private const double PointWidth = 1.5;

    public static Html Write(Proportion? share)
    {
        if (share is not { } known)
        {
            return $"<td>–</td><td></td>";
        }

        var (from, width) = (known.Lower * 100, Math.Max(1, (known.Upper - known.Lower) * 100));
        return $"""
            <td>{known.Value:0.0%}</td><td class="range">
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img"
                aria-label="{known.Lower:0.0%} to {known.Upper:0.0%}">
            <rect class="track" x="0" y="3" width="100" height="2"/>
            <rect class="span" x="{from}" y="2" width="{width}" height="4"/>
            <rect class="point" x="{known.Value * (100 - PointWidth)}" y="0" width="{PointWidth}" height="8"/>
            </svg></td>
            """;
    }
}
