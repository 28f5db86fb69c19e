using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Drift;

namespace ServerlessMme.Cli.Drift;

/// <summary>Writes the comparison as one HTML file.</summary>
internal sealed class DriftPage(DriftDocument document)
{
    private const int MaxLabels = 40;
    private const int DigestLength = 19;

    public byte[] Write()
    {
        var (recent, reference) = (document.Recent, document.Reference);
        return ReportPage.Write(
            "Drift",
            document.Model,
            $"{DriftText.Window(recent, true)} · against {DriftText.Window(reference, false)}",
            Html.All([Headline(), Findings(), Shares(), Scores(), Rates(), Versions()]));
    }

    private Html Headline()
    {
        var figures = new List<Html>
        {
            ReportPage.Figure(
                "Drift",
                document.IsDrift ? "yes" : "no",
                $"{Counted.Of(document.Findings.Count, "finding")}"),
        };
        if (document.Labels is { } labels)
        {
            figures.Add(ReportPage.Figure("Labels, PSI", Number(labels.Psi), Note(labels.Band, labels.P)));
        }

        if (document.Scores is { } scores)
        {
            figures.Add(ReportPage.Figure("Scores, PSI", Number(scores.Psi), Note(scores.Band, scores.P)));
        }

        if (document.Unsure is { } unsure)
        {
            figures.Add(ReportPage.Figure(
                "Unsure now", Percent(unsure.Recent.Value), $"{unsure.Reference.Value:0.0%} before"));
        }

        return $"<dl class=\"cards\">{Html.All(figures)}</dl>";
    }

    private static Html Note(StabilityBand band, double p) => $"{DriftText.Band(band)}, p {DriftText.P(p)}";

    private Html Findings()
    {
        var findings = document.Findings.Select(finding => (Html)$"""
            <li><span>{finding.Sentence}</span><b>p {DriftText.P(finding.P)}</b></li>

            """).ToList();
        var warnings = document.Warnings.Select(warning => (Html)$"<li>{warning}</li>").ToList();
        return ReportPage.Section(
            "What changed",
            $"{DriftText.Verdict(document)}",
            $"""
            <ol class="pairs">{Html.All(findings)}</ol>
            {(warnings.Count == 0 ? Html.Empty : $"<h3 class=\"notes\">Warnings</h3><ul>{Html.All(warnings)}</ul>")}
            """);
    }

    private Html Shares()
    {
        if (document.Labels is not { } labels)
        {
            return Html.Empty;
        }

        var shown = labels.Shares.Take(MaxLabels).ToList();
        var some = shown.Count < labels.Shares.Count
            ? (Html)$" Only the first {shown.Count} of {labels.Shares.Count} labels are shown."
            : $"";
        return ReportPage.Section(
            "Shares of the labels",
            $"""
            p is the probability that a difference this large occurs by chance, adjusted for all comparisons on this
            page. Labels whose share changed most come first.{some}
            """,
            Table("label", shown));
    }

    private Html Rates()
    {
        var rates = document.Refusals.Take(MaxLabels).Select(share => share with { Name = $"refused: {share.Name}" });
        var shown = (document.Unsure is { } unsure ? rates.Prepend(unsure) : rates).ToList();
        return shown.Count == 0
            ? Html.Empty
            : ReportPage.Section(
                "Unsure answers and refusals",
                $"Unsure answers count as a share of the answers with a score, refusals as a share of all images.",
                Table("rate", shown));
    }

    private static Html Table(string name, List<DriftShare> shares)
    {
        var most = shares.Max(share => Math.Max(share.Reference.Value, share.Recent.Value));
        return $"""
            <div class="scroll"><table class="labels">
            <thead><tr><th scope="col">{name}</th><td><span class="key under">reference</span>
            <span class="key bar">recent</span></td><th scope="col">reference</th><th scope="col">recent</th>
            <th scope="col">points</th><th scope="col">p</th></tr></thead>
            <tbody>{Html.All(shares.Select(share => Row(share, most)))}</tbody>
            </table></div>
            """;
    }

    private static Html Row(DriftShare share, double most) => $"""
        <tr class="{(DriftAnalysis.HasMoved(share) ? "chosen" : "other")}"><th scope="row">{share.Name}</th>
        {PairBars.Write(share, most)}
        <td>{share.Reference.Value:0.0%}</td><td>{share.Recent.Value:0.0%}</td><td>{DriftText.Points(share)}</td>
        <td>{DriftText.P(share.P)}</td></tr>

        """;

    private Html Scores() => document.Scores is not { } scores
        ? Html.Empty
        : ReportPage.Section(
            "Scores",
            $"""
            The distribution of scores in each window. Where the line is above the bars, those scores are now more
            frequent.
            """,
            $"""
            <div class="split even">{ScoreHistogram.Draw(scores)}
            <div><dl class="facts">
            <dt>mean score before</dt><dd>{scores.ReferenceMean:0.000}</dd>
            <dt>mean score now</dt><dd>{scores.RecentMean:0.000}</dd>
            <dt>population stability index</dt><dd>{scores.Psi:0.000}, {DriftText.Band(scores.Band)}</dd>
            <dt>p</dt><dd>{DriftText.P(scores.P)}</dd>
            </dl></div></div>
            """);

    private Html Versions() => ReportPage.Section(
        "Model versions",
        $"Number of images in each window, by model version. A new version alone can change answers.",
        $"""
        <div class="split even">{VersionList("Reference", document.Reference)}
        {VersionList("Recent", document.Recent)}</div>
        """);

    private static Html VersionList(string name, DriftWindow window) => $"""
        <div><h3>{name}</h3><dl class="facts">{Html.All(window.Versions.Select(version => (Html)$"""
            <dt>{Short(version.Version)}</dt><dd>{version.Images}</dd>

            """))}</dl></div>
        """;

    private static string Short(string version) =>
        version.Length > DigestLength ? version[..DigestLength] + "…" : version;

    private static string Percent(double share) => share.ToString("0.0%", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
