using System.Globalization;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>The evaluation as one HTML file.</summary>
/// <param name="labels">The manifest's labels.</param>
/// <param name="thumbnails">Data URIs, by the images' names.</param>
internal sealed class EvaluationPage(
    Evaluation evaluation,
    EvaluationDocument document,
    IReadOnlyList<string> labels,
    IReadOnlyDictionary<string, string> thumbnails)
{
    private const int MaxLabels = 40;
    private const int MaxConfusions = 8;
    private const int DigestLength = 19;

    public byte[] Write() => ReportPage.Write(
        "Evaluation",
        document.Model.Name,
        $"{document.Images.Evaluated} images · {labels.Count} labels · {document.Model.Backend} · {Short(document.Model.Digest)} · {document.EvaluatedAt.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture)}",
        Html.All([Headline(), Confusion(), Labels(), Trust(), Acceptance(), Mistakes(), LeftOut()]));

    private Html Headline() => $"""
        <dl class="cards">
        {ReportPage.Figure("Accuracy", Percent(document.Accuracy.Value), Interval(document.Accuracy))}
        {(document.Top.Count == 0 ? Html.Empty : ReportPage.Figure($"Among the best {document.Top[^1].K}", Percent(document.Top[^1].Accuracy.Value), Interval(document.Top[^1].Accuracy)))}
        {(document.Calibration is { } calibration ? ReportPage.Figure("Calibration error", Number(calibration.Error), CalibrationNote()) : Html.Empty)}
        {(document.Acceptance is { } acceptance ? ReportPage.Figure("Accept from", acceptance.MinScore is { } least ? least.ToString("0.00", CultureInfo.InvariantCulture) : "none", AcceptanceNote(acceptance)) : Html.Empty)}
        </dl>

        """;

    private Html CalibrationNote() => document.Temperature is { IsAtBound: false } fitted
        ? (Html)$"{fitted.Error:0.000} at temperature {fitted.Value:0.00}"
        : $"0 is a score that keeps its promise";

    private static Html AcceptanceNote(DocumentAcceptance acceptance) =>
        acceptance.Thresholds.FirstOrDefault(each => each.MinScore == acceptance.MinScore) is { Accuracy: { } right } found
            ? (Html)$"{right.Value:0.0%} right of {found.Coverage.Value:0.0%} accepted"
            : $"no threshold reaches {acceptance.Target:0.##%} for certain";

    private Html Confusion()
    {
        var shown = ShownLabels();
        var matrix = new ShadedMatrix("label", "answer").Write(
            [.. shown.Select(label => labels[label])],
            (row, column) => evaluation.Confusion.Count(shown[row], shown[column]));
        var wrong = document.Confusion.Where(pair => pair.Label != pair.Answer).Take(MaxConfusions).ToList();
        var pairs = wrong.Count == 0
            ? (Html)$"<p>Every answer is right.</p>"
            : $"<ol class=\"pairs\">{Html.All(wrong.Select(Pair))}</ol>";
        return ReportPage.Section(
            "Where it goes wrong",
            shown.Count < labels.Count
                ? (Html)$"One row per label, one column per answer. The {shown.Count} labels with the most mistakes are shown."
                : $"One row per label, one column per answer. A darker cell has more of its row.",
            $"<div class=\"split\">{matrix}<div><h3>Most often confused</h3>{pairs}</div></div>");
    }

    private static Html Pair(DocumentConfusion pair) => $"""
        <li><span>{pair.Label} → {pair.Answer}</span><b>{pair.Count}</b></li>

        """;

    private List<int> ShownLabels()
    {
        if (labels.Count <= MaxLabels)
        {
            return [.. Enumerable.Range(0, labels.Count)];
        }

        return
        [
            .. evaluation.Labels.OrderByDescending(each => each.Support + each.Answers - (2 * each.Hits))
                .ThenBy(each => each.Label).Take(MaxLabels).Select(each => each.Label).Order(),
        ];
    }

    private Html Labels()
    {
        var shown = ShownLabels();
        return ReportPage.Section(
            "Label by label",
            $"Recall: how many of a label's images get it. Precision: how many of its answers are right. Bars are 95% intervals; few images make long bars.",
            $"""
            <div class="scroll"><table class="labels">
            <thead><tr><th scope="col">label</th><th scope="col">images</th><th scope="col">recall</th><td></td><th scope="col">precision</th><td></td><th scope="col">F1</th></tr></thead>
            <tbody>{Html.All(shown.Select(label => Label(document.Labels[label])))}</tbody>
            </table></div>
            """);
    }

    private static Html Label(DocumentLabel row) => $"""
        <tr><th scope="row">{row.Label}</th><td>{row.Support}</td>{Share(row.Recall)}{Share(row.Precision)}<td>{(row.F1 is { } f1 ? f1.ToString("0.00", CultureInfo.InvariantCulture) : "–")}</td></tr>

        """;

    private static Html Share(Proportion? share) => share is not { } known
        ? (Html)$"<td>–</td><td></td>"
        : $"""
        <td>{known.Value:0.0%}</td><td class="range"><svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{known.Lower:0.0%} to {known.Upper:0.0%}"><rect class="track" x="0" y="3" width="100" height="2"/><rect class="span" x="{known.Lower * 100}" y="2" width="{Math.Max(1, (known.Upper - known.Lower) * 100)}" height="4"/><rect class="point" x="{(known.Value * 98.5)}" y="0" width="1.5" height="8"/></svg></td>
        """;

    private Html Trust() => document.Calibration is not { } calibration || evaluation.Reliability is null
        ? Html.Empty
        : ReportPage.Section(
            "Can you trust the score?",
            $"A calibrated model is right as often as its score says: bars end on the dashed line. The calibration error is their mean distance from it, weighted by images. Faint bars have fewer than {ReliabilityDiagram.FewImages} images.",
            $"""
            <div class="split even">{ReliabilityDiagram.Draw(evaluation.Reliability, evaluation.Tempered?.Reliability)}
            <div><dl class="facts">
            <dt>calibration error</dt><dd>{calibration.Error:0.0000}</dd>
            {(calibration.NegativeLogLikelihood is { } loss ? (Html)$"<dt>negative log likelihood</dt><dd>{loss:0.0000}</dd>" : Html.Empty)}
            <dt>temperature now</dt><dd>{document.Model.Temperature:0.###}</dd>
            {(document.Temperature is { } fitted ? (Html)$"<dt>best temperature</dt><dd>{fitted.Value:0.###}</dd><dt>calibration error there</dt><dd>{fitted.Error:0.0000}</dd><dt>negative log likelihood there</dt><dd>{fitted.NegativeLogLikelihood:0.0000}</dd>" : Html.Empty)}
            </dl><p>{EvaluationText.Temperature(document)}</p></div></div>
            """);

    private Html Acceptance() => document.Acceptance is not { } acceptance || evaluation.Acceptance is null
        ? Html.Empty
        : ReportPage.Section(
            "Which answers to accept",
            $"{acceptance.Sentence}",
            $"""
            <div class="split even">{CoverageCurve.Draw([.. evaluation.Images.Select(image => image.Answer)], evaluation.Acceptance)}
            <div class="scroll"><table class="labels">
            <thead><tr><th scope="col">least score</th><th scope="col">accepted</th><th scope="col">right</th><td></td></tr></thead>
            <tbody>{Html.All(EvaluationText.ShownThresholds(acceptance).Select(row => Threshold(row, acceptance)))}</tbody>
            </table></div></div>
            """);

    private static Html Threshold(AcceptanceThreshold row, DocumentAcceptance acceptance) => $"""
        <tr{Html.Trusted(row.MinScore == acceptance.MinScore ? " class=\"chosen\"" : "")}><th scope="row">{row.MinScore:0.00}</th><td>{row.Coverage.Value:0.0%}</td>{Share(row.Accuracy)}</tr>

        """;

    private Html Mistakes() => document.Mistakes.Count == 0
        ? Html.Empty
        : ReportPage.Section(
            "Surest mistakes",
            $"Wrong answers with the highest scores. Look at them first: some are wrong labels, not wrong answers.",
            $"<div class=\"gallery\">{Html.All(document.Mistakes.Select(Mistake))}</div>");

    private Html Mistake(DocumentMistake mistake)
    {
        var picture = thumbnails.TryGetValue(mistake.Image, out var uri)
            ? (Html)$"""<img src="{Html.Trusted(uri)}" alt="{mistake.Image}">"""
            : $"""<span class="none">no preview</span>""";
        return $"""
            <figure><div class="frame">{picture}</div><figcaption><b>{mistake.Answer}</b> <span>{mistake.Score:0.000}</span><br>is {mistake.Label} <span>{mistake.LabelScore:0.000}</span><small title="{mistake.Image}">{mistake.Image}</small></figcaption></figure>

            """;
    }

    private Html LeftOut()
    {
        var lines = EvaluationText.LeftOut(document).ToList();
        return lines.Count == 0
            ? Html.Empty
            : ReportPage.Section(
                "Left out", $"These files are in no figure.", $"<ul>{Html.All(lines.Select(line => (Html)$"<li>{line}</li>"))}</ul>");
    }

    private static Html Interval(Proportion share) =>
        $"{share.Hits} of {share.Images}, {share.Lower:0.0%} to {share.Upper:0.0%}";

    private static string Short(string digest) => digest.Length > DigestLength ? digest[..DigestLength] : digest;

    private static string Percent(double share) => share.ToString("0.0%", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
