using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Drift;

namespace ServerlessMme.Cli.Drift;

/// <summary>Draws a share before and now as a cell with two bars, one above the other.</summary>
internal static class PairBars
{
    /// <param name="most">The share whose bar fills the cell.</param>
    public static Html Write(DriftShare share, double most)
    {
        var scale = most > 0 ? 100 / most : 0;
        return $"""
            <td class="range"><svg class="pair" viewBox="0 0 100 14" preserveAspectRatio="none" role="img"
                aria-label="{share.Reference.Value:0.0%} before, {share.Recent.Value:0.0%} now">
            <rect class="under" x="0" y="0" width="{share.Reference.Value * scale}" height="6"/>
            <rect class="bar" x="0" y="8" width="{share.Recent.Value * scale}" height="6"/>
            </svg></td>
            """;
    }
}
