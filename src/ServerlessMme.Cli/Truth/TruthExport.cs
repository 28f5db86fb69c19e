using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Truth;

/// <summary>
/// Writes a training set in the layout that training/common/data.py reads: <c>train/{label}/{image}</c>, and
/// <c>val/{label}/{image}</c> if it is split.
/// </summary>
/// <param name="split">Share of the images for training; 1 for all of them.</param>
internal sealed class TruthExport(IServiceProvider services, ModelName model, string folder, double split)
{
    private const int Parallelism = 8;
    private const string Train = "train";
    private const string Validation = "val";
    private const string LabelsCsv = "labels.csv";

    // The files that training/common/data.py reads.
    private static readonly string[] TrainingExtensions = [".jpg", ".jpeg", ".png"];

    private readonly ITruthStore _store = services.GetRequiredService<ITruthStore>();
    private readonly IImageSource _source = services.GetRequiredService<IImageSource>();
    private readonly FileNames _folders = new();
    private readonly Dictionary<string, (string Folder, FileNames Files)> _labels = new(StringComparer.Ordinal);

    /// <param name="force">True if the folder may already contain files.</param>
    /// <exception cref="CommandException">There is nothing to export, or the folder cannot be used.</exception>
    public async Task<int> RunAsync(bool force, CancellationToken cancellationToken)
    {
        CheckFolder(force);
        var planned = new List<Planned>();
        await foreach (var known in _store.ListAsync(model, cancellationToken))
        {
            planned.Add(Plan(known));
        }

        if (planned.Count == 0)
        {
            throw new CommandException(
                ExitCodes.NotFound,
                $"No image of '{model}' has a correct label. Store correct labels with 'mme truth import' or "
                + "'mme truth set'.");
        }

        RemoveEarlier();
        var images = planned.Where(each => each.File is not null).ToList();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = Parallelism,
            CancellationToken = cancellationToken,
        };
        await StepProgress.RunAsync("image", images.Count, async advance =>
        {
            await Parallel.ForEachAsync(images, parallel, async (image, stopping) =>
            {
                await ExportAsync(image, stopping);
                advance();
            });
            return images.Count;
        });
        Directory.CreateDirectory(folder);
        WriteCsv(planned);
        return Report(planned);
    }

    private void CheckFolder(bool force)
    {
        if (File.Exists(folder))
        {
            throw new CommandException(
                ExitCodes.Usage, $"'{Printable.Text(folder)}' is a file, but must be a folder.");
        }

        if (!force && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new CommandException(
                ExitCodes.Usage,
                $"'{Printable.Text(folder)}' is not empty. Name a new folder, or add --force to write into this one.");
        }
    }

    /// <summary>
    /// Removes the files of an earlier export. Another split or a corrected label would otherwise leave an image in two
    /// places.
    /// </summary>
    private void RemoveEarlier()
    {
        var csv = Path.Combine(folder, LabelsCsv);
        if (!File.Exists(csv))
        {
            return;
        }

        using var text = new StreamReader(csv);
        var reader = new CsvReader(text, ',');
        var roots = new[] { Train, Validation }
            .Select(part => Path.GetFullPath(Path.Combine(folder, part)) + Path.DirectorySeparatorChar).ToList();
        try
        {
            while (reader.Read() is { } cells)
            {
                // Anybody may have written the file, so nothing outside the two folders is deleted.
                var file = cells.Count > 0 ? Path.GetFullPath(Path.Combine(folder, cells[^1])) : "";
                if (roots.Exists(root => file.StartsWith(root, StringComparison.Ordinal)) && File.Exists(file))
                {
                    File.Delete(file);
                }
            }
        }
        catch (FormatException)
        {
            // The file isn't a list from this command. It will be replaced.
        }
    }

    private Planned Plan(KnownImage known)
    {
        if (ArchiveName.OfEntry(known.Image) is not null)
        {
            return new Planned(known, null);
        }

        if (!_labels.TryGetValue(known.Label, out var label))
        {
            _labels[known.Label] = label = (_folders.Add(known.Label), new FileNames());
        }

        return new Planned(known, $"{label.Folder}/{label.Files.Add(known.Image)}");
    }

    private async Task ExportAsync(Planned planned, CancellationToken cancellationToken)
    {
        var fetched = await _source.FetchAsync(model, planned.Known.Image, null, cancellationToken);
        using var image = fetched.Image;
        if (image is null)
        {
            planned.Refusal = fetched.Refusal;
            return;
        }

        planned.Truth = await _store.FindAsync(model, planned.Known.Image, cancellationToken);
        var file = $"{PartOf(image.Bytes.Span)}/{planned.File}";
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var output = new FileStream(
            path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
        await output.WriteAsync(image.Bytes, cancellationToken);
        planned.Written = file;
    }

    /// <summary>
    /// Chooses the part by content, so copies of an image are in the same part, and stay there in later exports.
    /// </summary>
    private string PartOf(ReadOnlySpan<byte> content)
    {
        var digest = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(content));
        return digest < split * (1L << 32) ? Train : Validation;
    }

    private void WriteCsv(IEnumerable<Planned> planned)
    {
        using var writer = new StreamWriter(Path.Combine(folder, LabelsCsv), false, new UTF8Encoding(false));
        CsvRow.Write(writer, "image", "label", "by", "at", "file");
        foreach (var each in planned.Where(each => each.Written is not null))
        {
            var at = each.Truth?.At?.UtcDateTime.ToString("O");
            CsvRow.Write(writer, each.Known.Image, each.Known.Label, each.Truth?.By, at, each.Written);
        }
    }

    private int Report(List<Planned> planned)
    {
        var entries = planned.Count(each => each.File is null);
        if (entries > 0)
        {
            Console.Error.WriteLine($"Left out: {Counted.Of(entries, "image")} in archives.");
        }

        foreach (var refused in planned.Where(each => each.Refusal is not null)
            .GroupBy(each => each.Refusal!.Code).OrderBy(group => group.Key))
        {
            var reason = refused.Key == ErrorCode.ImageNotFound
                ? $"missing from {model.ImagesContainer}"
                : $"refused with {refused.Key}";
            Console.Error.WriteLine($"Left out: {Counted.Of(refused.Count(), "image")} {reason}: "
                + $"{Counted.Names(refused.Select(each => each.Known.Image))}.");
        }

        foreach (var (label, (name, _)) in _labels.Where(label => label.Key != label.Value.Folder))
        {
            Console.Error.WriteLine(
                $"The folder of the label '{Printable.Text(label, 60)}' is '{Printable.Text(name)}'.");
        }

        var written = planned.Select(each => each.Written).OfType<string>().ToList();
        var unread = written.Where(file => !TrainingExtensions.Contains(
            Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).ToList();
        if (unread.Count > 0)
        {
            Console.Error.WriteLine(
                $"warning: ServerlessMme's training scripts read only {string.Join(", ", TrainingExtensions)} files "
                + $"and skip {Counted.Of(unread.Count, "other file")}: {Counted.Names(unread)}.");
        }

        var train = written.Count(file => file.StartsWith(Train + '/', StringComparison.Ordinal));
        var root = Printable.Text(Path.TrimEndingDirectorySeparator(folder));
        Console.WriteLine($"{Counted.Of(train, "image")} in {root}/{Train}"
            + (split < 1 ? $" and {Counted.Number(written.Count - train)} in {root}/{Validation}" : "")
            + $"; {root}/{LabelsCsv} lists them.");
        return written.Count > 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>An image to export.</summary>
    /// <param name="File">Path below the part's folder; null for an entry of an archive.</param>
    private sealed record Planned(KnownImage Known, string? File)
    {
        public CorrectLabel? Truth { get; set; }

        public Refusal? Refusal { get; set; }

        /// <summary>Path below the folder; null for an image that was left out.</summary>
        public string? Written { get; set; }
    }
}
