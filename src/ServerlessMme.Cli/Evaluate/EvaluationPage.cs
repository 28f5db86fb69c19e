using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Writes the evaluation as one HTML file.</summary>
/// <param name="labels">The manifest's labels.</param>
/// <param name="thumbnails">Data URIs, by the images' names.</param>
/// <param name="container">The container that has the images; null for a local folder.</param>
internal sealed class EvaluationPage(
    Evaluation evaluation,
    EvaluationDocument document,
    IReadOnlyList<string> labels,
    IReadOnlyDictionary<string, string> thumbnails,
    string? container)
{
    private const int MaxLabels = 40;
    private const int MaxConfusions = 8;
    private const int DigestLength = 19;

    /// <summary>The labels to show, in the manifest's order. Of too many, only those with the most mistakes.</summary>
    private readonly List<int> _shown = labels.Count <= MaxLabels
        ? [.. Enumerable.Range(0, labels.Count)]
        :
        [
            .. evaluation.Labels.OrderByDescending(each => each.Support + each.Answers - (2 * each.Hits))
                .ThenBy(each => each.Label).Take(MaxLabels).Select(each => each.Label).Order(),
        ];

    public byte[] Write()
    {
        var model = document.Model;
        var digest = model.Digest.Length > DigestLength ? model.Digest[..DigestLength] : model.Digest;
        var at = document.EvaluatedAt.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var images = Counted.Of(document.Images.Evaluated, "image");
        return ReportPage.Write(
            "Evaluation",
            model.Name,
            $"{images} · {Counted.Of(labels.Count, "label")} · {model.Backend} · {digest} · {at}",
            Html.All([Headline(), Confusion(), Labels(), Trust(), Accepted(), Mistakes(), LeftOut()]));
    }

    private Html Headline()
    {
        var figures = new List<Html>
        {
            ReportPage.Figure("Accuracy", Percent(document.Accuracy.Value), Interval(document.Accuracy)),
        };
        if (document.Top.Count > 0)
        {
            var (k, share) = (document.Top[^1].K, document.Top[^1].Accuracy);
            figures.Add(ReportPage.Figure($"Top-{k} accuracy", Percent(share.Value), Interval(share)));
        }

        if (document.Calibration is { } calibration)
        {
            var note = document.Temperature is { IsAtBound: false } fitted
                ? (Html)$"{fitted.Error:0.000} at temperature {fitted.Value:0.00}"
                : $"0 is perfectly calibrated";
            figures.Add(ReportPage.Figure("Calibration error", Number(calibration.Error, "0.000"), note));
        }

        if (document.Acceptance is { } acceptance)
        {
            var least = acceptance.MinScore is { } minScore ? Number(minScore, "0.00") : "none";
            figures.Add(ReportPage.Figure("Accept from", least, AcceptanceNote(acceptance)));
        }

        return $"<dl class=\"cards\">{Html.All(figures)}</dl>";
    }

    private static Html AcceptanceNote(DocumentAcceptance acceptance)
    {
        var suggested = acceptance.Thresholds.FirstOrDefault(each => each.MinScore == acceptance.MinScore);
        return suggested is { Accuracy: { } right }
            ? (Html)$"{suggested.Coverage.Value:0.0%} accepted, {right.Value:0.0%} of them right"
            : $"no threshold reaches an accuracy of {acceptance.Target:0.##%} with 95% confidence";
    }

    private Html Confusion()
    {
        var matrix = new ShadedMatrix("label", "answer").Write(
            [.. _shown.Select(label => labels[label])],
            (row, column) => evaluation.Confusion.Count(_shown[row], _shown[column]));
        var wrong = document.Confusion.Where(pair => pair.Label != pair.Answer).Take(MaxConfusions).ToList();
        var pairs = wrong.Count == 0
            ? (Html)$"<p>Every answer is right.</p>"
            : $"<ol class=\"pairs\">{Html.All(wrong.Select(Pair))}</ol>";
        Html some = $" Only the {_shown.Count} labels with the most mistakes are shown.";
        return ReportPage.Section(
            "Where it goes wrong",
            $"""
            One row per label, one column per answer. A darker cell has a larger share of its row.{Only(IsCut, some)}
            """,
            $"<div class=\"split\">{matrix}<div><h3>Most often confused</h3>{pairs}</div></div>");
    }

    private bool IsCut => _shown.Count < labels.Count;

    private static Html Pair(DocumentConfusion pair) => $"""
        <li><span>{pair.Label} → {pair.Answer}</span><b>{pair.Count}</b></li>

        """;

    private Html Labels() => ReportPage.Section(
        "Label by label",
        $"""
        Recall is the share of a label's images that get the label. Precision is the share of the answers with the label
        that are right. Bars are 95% confidence intervals. They are longer if there are few images.
        """,
        $"""
        <div class="scroll"><table class="labels">
        <thead><tr><th scope="col">label</th><th scope="col">images</th><th scope="col">recall</th><td></td>
        <th scope="col">precision</th><td></td><th scope="col">F1</th></tr></thead>
        <tbody>{Html.All(_shown.Select(label => Row(document.Labels[label])))}</tbody>
        </table></div>
        """);

    private static Html Row(DocumentLabel row) => $"""
        <tr><th scope="row">{row.Label}</th><td>{row.Support}</td>{ShareCells.Write(row.Recall)}
        {ShareCells.Write(row.Precision)}<td>{(row.F1 is { } f1 ? Number(f1, "0.00") : "–")}</td></tr>

        """;

    private Html Trust()
    {
        if (document.Calibration is not { } calibration || evaluation.Reliability is not { } reliability)
        {
            return Html.Empty;
        }

        var facts = new List<Html> { Fact("calibration error", calibration.Error) };
        if (calibration.NegativeLogLikelihood is { } loss)
        {
            facts.Add(Fact("negative log likelihood", loss));
        }

        facts.Add(Fact("temperature now", document.Model.Temperature));
        if (document.Temperature is { } fitted)
        {
            facts.Add(Fact("best temperature", fitted.Value));
            facts.Add(Fact("calibration error at best temperature", fitted.Error));
            facts.Add(Fact("negative log likelihood at best temperature", fitted.NegativeLogLikelihood));
        }

        return ReportPage.Section(
            "Can you trust the score?",
            $"""
            A calibrated model is right as often as its scores say, so the bars end on the dashed line. The calibration
            error is the mean distance of the bars from the line, weighted by images. Faint bars have fewer than
            {ReliabilityDiagram.FewImages} images.
            """,
            $"""
            <div class="split even">{ReliabilityDiagram.Draw(reliability, evaluation.Tempered?.Reliability)}
            <div><dl class="facts">{Html.All(facts)}</dl><p>{EvaluationText.Temperature(document)}</p></div></div>
            """);
    }

    private static Html Fact(string name, double value) => $"<dt>{name}</dt><dd>{value:0.####}</dd>";

    private Html Accepted()
    {
        if (document.Acceptance is not { } acceptance || evaluation.Acceptance is null)
        {
            return Html.Empty;
        }

        var answers = evaluation.Images.Select(image => image.Answer).ToList();
        var rows = EvaluationText.ShownThresholds(acceptance).Select(row => Threshold(row, acceptance));
        return ReportPage.Section(
            "Which answers to accept",
            $"{acceptance.Sentence}",
            $"""
            <div class="split even">{CoverageCurve.Draw(answers, evaluation.Acceptance)}
            <div class="scroll"><table class="labels">
            <thead><tr><th scope="col">minimum score</th><th scope="col">accepted</th><th scope="col">right</th>
            <td></td></tr></thead>
            <tbody>{Html.All(rows)}</tbody>
            </table></div></div>
            """);
    }

    private static Html Threshold(AcceptanceThreshold row, DocumentAcceptance acceptance) => $"""
        <tr class="{Kind(row, acceptance)}"><th scope="row">{row.MinScore:0.00}</th>
        <td>{row.Coverage.Value:0.0%}</td>{ShareCells.Write(row.Accuracy)}</tr>

        """;

    private static string Kind(AcceptanceThreshold row, DocumentAcceptance acceptance) =>
        row.MinScore == acceptance.MinScore ? "chosen" : "other";

    private Html Mistakes() => Only(document.Mistakes.Count > 0, ReportPage.Section(
        "Most confident mistakes",
        $"Wrong answers with the highest scores. Check these first, because the label may be wrong, not the answer.",
        $"<div class=\"gallery\">{Html.All(document.Mistakes.Select(Mistake))}</div>"));

    private Html Mistake(DocumentMistake mistake)
    {
        // The program itself wrote this Base64. It exceeds the length limit for text.
        var picture = thumbnails.TryGetValue(mistake.Image, out var uri)
            ? (Html)$"""<img src="{Html.Trusted(uri)}" alt="{mistake.Image}">"""
            : $"""<span class="none">no preview</span>""";
        return $"""
            <figure><div class="frame">{picture}</div>
            <figcaption><b>{mistake.Answer}</b> <span>{mistake.Score:0.000}</span><br>
            is {mistake.Label} <span>{mistake.LabelScore:0.000}</span>
            <small title="{mistake.Image}">{mistake.Image}</small></figcaption></figure>

            """;
    }

    private Html LeftOut()
    {
        var lines = EvaluationText.LeftOut(document, container).Select(line => (Html)$"<li>{line}</li>").ToList();
        return Only(lines.Count > 0, ReportPage.Section(
            "Left out", $"These images and files don't count in any figure.", $"<ul>{Html.All(lines)}</ul>"));
    }

    private static Html Only(bool condition, Html html) => condition ? html : Html.Empty;

    private static Html Interval(Proportion share) =>
        $"{share.Hits} of {share.Images}, {share.Lower:0.0%} to {share.Upper:0.0%}";

    private static string Percent(double share) => Number(share, "0.0%");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
