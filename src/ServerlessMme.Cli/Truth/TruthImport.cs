using Azure;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Truth;

/// <summary>Stores the correct labels of a file or folder.</summary>
internal sealed class TruthImport(IServiceProvider services, ModelName model, TruthImportOptions options)
{
    private const int Parallelism = 16;
    private readonly ITruthStore _store = services.GetRequiredService<ITruthStore>();

    /// <exception cref="CommandException">The file or folder cannot be imported. Nothing is stored.</exception>
    public async Task RunAsync(string source, CancellationToken cancellationToken)
    {
        var found = Directory.Exists(source) ? ReadFolder(source)
            : File.Exists(source) ? TruthCsv.Read(source)
            : throw new CommandException(
                ExitCodes.Usage, $"There is no file or folder '{Printable.Text(source)}'.");
        if (found.Rows.Count == 0)
        {
            throw new CommandException(ExitCodes.Usage, NoLabels(source));
        }

        var labels = await LabelsAsync(services, model, options.Force, cancellationToken);
        var images = new TruthCheck(model, labels, options.Force).Run(
            source, found.Rows.Select(row => row with { Image = options.Prefix + row.Image }));
        if (found.Unlabeled > 0)
        {
            await Console.Error.WriteLineAsync(Directory.Exists(source)
                ? $"Left out: {Counted.Of(found.Unlabeled, "image")} not in a label folder."
                : $"Left out: {Counted.Of(found.Unlabeled, "row")} without a label.");
        }

        var missing = await MissingImages.FindAsync(
            services.GetRequiredService<IDropListing>(), model, images.Select(image => image.Image), cancellationToken);
        var stored = await StoredAsync(cancellationToken);
        RefuseReplacing(images, stored);
        var written = await StoreAsync(images, stored, cancellationToken);
        Console.WriteLine(Summary(images, images.Count - written, missing));
        if (missing?.Count == images.Count && (options.IsFlat || options.Prefix.Length > 0))
        {
            await Console.Error.WriteLineAsync(
                $"None of the images is in {model.ImagesContainer}, for example '{Printable.Text(images[0].Image)}'. "
                + "--flat and --prefix change the names, but 'mme submit' doesn't.");
        }
        else if (missing?.Count == images.Count && Directory.Exists(source))
        {
            await Console.Error.WriteLineAsync(
                $"'mme submit' would use names such as '{Printable.Text(images[0].Image)}' for this folder's images. "
                + "For other names, --flat leaves out the label's folder, and --prefix adds a prefix.");
        }
    }

    /// <summary>
    /// Returns the labels to check correct labels against. If they are unknown, prints a warning and returns null.
    /// </summary>
    /// <exception cref="CommandException">
    /// There is no model with this name, and <paramref name="force"/> is false.
    /// </exception>
    public static async Task<IReadOnlyList<string>?> LabelsAsync(
        IServiceProvider services, ModelName model, bool force, CancellationToken cancellationToken)
    {
        try
        {
            var published = await PublishedLabels.ReadAsync(services, model, cancellationToken);
            if (published.Why is { } why)
            {
                await Console.Error.WriteLineAsync($"warning: The labels are not checked. {why}");
            }

            return published.Labels;
        }
        catch (CommandException) when (force)
        {
            return null;
        }
    }

    private TruthRows ReadFolder(string folder)
    {
        var files = LocalImages.Find([folder]);
        if (files.SkippedText is { } skipped)
        {
            Console.Error.WriteLine(skipped);
        }

        var rows = new List<TruthRow>();
        foreach (var file in files.Images)
        {
            if (LabeledFolder.ClassOf(file) is { } label)
            {
                var image = options.IsFlat ? file.Name[(label.Length + 1)..] : file.Name;
                rows.Add(new TruthRow(image, label, file.Name));
            }
        }

        return new TruthRows(rows, files.Images.Count - rows.Count);
    }

    /// <summary>Stores new and changed labels, and returns their number.</summary>
    private async Task<int> StoreAsync(
        IReadOnlyList<KnownImage> images, Dictionary<string, string> stored, CancellationToken cancellationToken)
    {
        var changed = images.Where(image => stored.GetValueOrDefault(image.Image) != image.Label).ToList();
        var at = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = Parallelism,
            CancellationToken = cancellationToken,
        };
        return await StepProgress.RunAsync("label", changed.Count, async advance =>
        {
            await Parallel.ForEachAsync(changed, parallel, async (image, stopping) =>
            {
                var truth = new CorrectLabel(image.Label, options.By, at);
                await _store.WriteAsync(model, image.Image, truth, stopping);
                advance();
            });
            return changed.Count;
        });
    }

    /// <summary>
    /// Prevents a later import, such as a file with a model's answers, from replacing a person's labels.
    /// </summary>
    private void RefuseReplacing(IReadOnlyList<KnownImage> images, Dictionary<string, string> stored)
    {
        var replaced = images.Where(image =>
            stored.TryGetValue(image.Image, out var label) && label != image.Label).ToList();
        if (replaced.Count > 0 && !options.Replace)
        {
            var first = replaced[0];
            throw new CommandException(
                ExitCodes.Failed,
                $"Nothing was stored, because the stored correct label of {Counted.Of(replaced.Count, "image")} would "
                + $"change. For example, '{Printable.Text(first.Image)}' would change from "
                + $"'{Printable.Text(stored[first.Image], 40)}' to '{Printable.Text(first.Label, 40)}'. Leave out "
                + "these images, or add --replace.");
        }
    }

    /// <summary>Returns the stored correct labels by image.</summary>
    private async Task<Dictionary<string, string>> StoredAsync(CancellationToken cancellationToken)
    {
        var stored = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await foreach (var image in _store.ListAsync(model, cancellationToken))
            {
                stored[image.Image] = image.Label;
            }
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            // An identity that may only write stores all labels again, which changes only the time.
            stored.Clear();
        }

        return stored;
    }

    private string Summary(IReadOnlyList<KnownImage> images, int unchanged, IReadOnlyList<string>? missing)
    {
        var details = new List<string>();
        if (unchanged > 0)
        {
            details.Add($"{Counted.Number(unchanged)} unchanged");
        }

        if (missing is { Count: > 0 })
        {
            details.Add($"{Counted.Number(missing.Count)} for {(missing.Count == 1 ? "an image" : "images")} missing "
                + $"from {model.ImagesContainer}: {Counted.Names(missing)}");
        }

        return $"{Counted.Of(images.Count, "correct label")} for {model} {(images.Count == 1 ? "is" : "are")} stored"
            + (details.Count > 0 ? $" ({string.Join("; ", details)})." : ".")
            + (missing is null
                ? $" This identity may not list {model.ImagesContainer}, so the command did not check whether the "
                    + "images exist."
                : "");
    }

    private static string NoLabels(string source) => Directory.Exists(source)
        ? $"'{Printable.Text(source)}' has no images in folders named after labels, as in "
            + $"{Printable.Text(Path.GetFileName(Path.TrimEndingDirectorySeparator(source)))}/cat/1.jpg."
        : $"'{Printable.Text(source)}' has no row with a label.";
}

/// <param name="By">The person who provided the labels.</param>
/// <param name="Prefix">The prefix of every image's name.</param>
/// <param name="IsFlat">True if the images' names don't include the folder of their label.</param>
/// <param name="Force">True to store labels that the model doesn't have.</param>
/// <param name="Replace">True to replace stored labels that differ.</param>
internal sealed record TruthImportOptions(string By, string Prefix, bool IsFlat, bool Force, bool Replace);
