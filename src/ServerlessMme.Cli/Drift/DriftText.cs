using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Failures;
using Spectre.Console;

namespace ServerlessMme.Cli.Drift;

/// <summary>Prints the comparison as sentences and tables.</summary>
internal static class DriftText
{
    private const int MaxLabels = 30;

    /// <summary>Describes a window, as in "1,000 images since 2026-11-17 12:00Z".</summary>
    public static string Window(DriftWindow window, bool isRecent)
    {
        var from = Time(window.From);
        return Text($"{window.Images:#,0} images {(isRecent ? "since" : "from")} {from}")
            + (isRecent ? "" : $" to {Time(window.To)}");
    }

    /// <summary>Formats a probability for people.</summary>
    public static string P(double? p) => p switch
    {
        null => "",
        < 0.001 => "< 0.001",
        _ => Text($"{p:0.000}"),
    };

    /// <summary>Formats the change of a share in percentage points.</summary>
    public static string Points(DriftShare share) => Text($"{100 * share.Change:+0.0;−0.0;0.0}");

    /// <summary>Returns the verdict in one sentence.</summary>
    public static string Verdict(DriftDocument document) => document.IsDrift
        ? "Drift: the recent answers differ from the reference."
        : "No drift: the recent answers differ from the reference by no more than chance, or too little to matter.";

    public static void Print(DriftDocument document)
    {
        Console.WriteLine(
            $"{document.Model}: {Window(document.Recent, true)}, against {Window(document.Reference, false)}");
        Console.WriteLine(Verdict(document));
        foreach (var finding in document.Findings)
        {
            Console.WriteLine($"  {finding.Sentence} (p {P(finding.P)})");
        }

        PrintShares(document);
        PrintSummary(document);
    }

    private static void PrintShares(DriftDocument document)
    {
        if (document.Labels is not { } labels)
        {
            return;
        }

        var table = Table("label");
        foreach (var share in labels.Shares.Take(MaxLabels))
        {
            Add(table, Printable.Text(share.Name, 40), share);
        }

        Screen.Console.Write(table);
        if (labels.Shares.Count > MaxLabels)
        {
            Console.WriteLine(
                Text($"Showing the {MaxLabels} of {labels.Shares.Count:#,0} labels whose share changed most. ")
                + "--json lists all of them.");
        }
    }

    private static void PrintSummary(DriftDocument document)
    {
        var rates = document.Refusals.Take(MaxLabels).Select(share => ($"refused: {share.Name}", share)).ToList();
        if (document.Unsure is { } unsure)
        {
            rates.Insert(0, ("unsure", unsure));
        }

        if (rates.Count > 0)
        {
            var table = Table("rate");
            foreach (var (name, share) in rates)
            {
                Add(table, Printable.Text(name, 40), share);
            }

            Screen.Console.Write(table);
        }

        if (document.Labels is { } labels)
        {
            Console.WriteLine(
                Text($"Labels: PSI {labels.Psi:0.000} ({Band(labels.Band)}), p {P(labels.P)}."));
        }

        if (document.Scores is { } scores)
        {
            Console.WriteLine(
                Text($"Scores: PSI {scores.Psi:0.000} ({Band(scores.Band)}), p {P(scores.P)}, mean ")
                + Text($"{scores.ReferenceMean:0.000} before and {scores.RecentMean:0.000} now."));
        }
    }

    public static string Band(StabilityBand band) => band switch
    {
        StabilityBand.Stable => "stable",
        StabilityBand.Moderate => "moderate",
        _ => "major",
    };

    private static Table Table(string name) => new Table().AddColumn(name)
        .AddColumn("reference", column => column.RightAligned()).AddColumn("recent", column => column.RightAligned())
        .AddColumn("points", column => column.RightAligned()).AddColumn("p", column => column.RightAligned());

    private static void Add(Table table, string name, DriftShare share) => table.AddRow(
        Markup.Escape(name),
        Text($"{share.Reference.Value:0.0%}"),
        Text($"{share.Recent.Value:0.0%}"),
        Points(share),
        P(share.P));

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
