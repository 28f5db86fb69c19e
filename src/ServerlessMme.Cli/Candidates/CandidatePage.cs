using System.Globalization;
using ServerlessMme.Cli.Changes;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Candidates;

/// <summary>Writes the comparison as one HTML file.</summary>
/// <param name="thumbnails">Data URIs, by the images' names.</param>
internal sealed class CandidatePage(CandidateResult result, IReadOnlyDictionary<string, string> thumbnails)
{
    private const int MaxImages = 60;

    private readonly Comparison _comparison = result.Comparison;

    /// <summary>Returns the images to show.</summary>
    public static IEnumerable<ComparedImage> Shown(CandidateResult result) =>
        result.Comparison.Changed.Take(MaxImages);

    public byte[] Write()
    {
        var at = result.ComparedAt.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var images = Counted.Of(_comparison.Images.Count, "image");
        var published = result.PublishedVersion is { } version ? $"version {version}" : "no published model";
        return ReportPage.Write(
            "Candidate",
            result.Model.Value,
            $"{result.Candidate} compared with {published} · {images} · {at}",
            Html.All([Headline(), Findings(), Matrix(), Images()]));
    }

    private Html Headline()
    {
        var figures = new List<Html>();
        if (_comparison.Agreement is { } agreement)
        {
            figures.Add(Share("Same answer", agreement));
        }

        if (_comparison.Known is { } known)
        {
            if (known.Before is { } before)
            {
                figures.Add(Share("Published model is right", before));
            }

            figures.Add(Share("Candidate is right", known.After));
            figures.Add(ReportPage.Figure(
                "Answers fixed, broken", $"{known.Repaired}, {known.Broken}", $"among images with known labels"));
        }

        return $"<dl class=\"cards\">{Html.All(figures)}</dl>";
    }

    private Html Findings() => ReportPage.Section(
        "What would change",
        $"The comparison published nothing and wrote no labels.",
        $"<ul>{Html.All(CandidateText.Findings(result).Select(line => (Html)$"<li>{line}</li>"))}</ul>");

    private Html Matrix() => _comparison.Changes.Count == 0
        ? Html.Empty
        : new ChangesPage("", "", "", _comparison.Changes).Matrix();

    private Html Images()
    {
        var shown = Shown(result).ToList();
        if (shown.Count == 0)
        {
            return Html.Empty;
        }

        var changed = _comparison.Changed.Count();
        var lead = shown.Count < changed
            ? (Html)$"{shown.Count} of {changed} images. Answers that the candidate breaks come first."
            : $"{Counted.Of(changed, "image")}. Answers that the candidate breaks come first.";
        return ReportPage.Section(
            "Images with a different answer", lead, $"<div class=\"gallery\">{Html.All(shown.Select(Image))}</div>");
    }

    private Html Image(ComparedImage image)
    {
        // The program itself wrote this Base64. It exceeds the length limit for text.
        var picture = thumbnails.TryGetValue(image.Image, out var uri)
            ? (Html)$"""<img src="{Html.Trusted(uri)}" alt="{image.Image}">"""
            : $"""<span class="none">no preview</span>""";
        var truth = image.Truth is { } label ? (Html)$"<br>is {label}" : Html.Empty;
        return $"""
            <figure><div class="frame">{picture}</div>
            <figcaption>{image.Before!.Answer} <span>{Score(image.Before)}</span><br>
            <b>{image.After.Answer}</b> <span>{Score(image.After)}</span>{truth}
            <small title="{image.Image}">{image.Image}</small></figcaption></figure>

            """;
    }

    private static string Score(GivenAnswer answer) =>
        answer.Score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";

    private static Html Share(string name, Proportion share) => ReportPage.Figure(
        name,
        share.Value.ToString("0.0%", CultureInfo.InvariantCulture),
        $"{share.Hits} of {share.Images}, {share.Lower:0.0%} to {share.Upper:0.0%}");
}
