using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Review;
using ServerlessMme.Onnx;
using ServerlessMme.Onnx.Compression;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>
/// One run of <c>mme models compress</c>. It works in a temporary folder until the copy passes.
/// </summary>
internal sealed class CompressRun
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // Labels may be in any script. People read the file, and it never becomes part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly ModelName _name;
    private readonly string _folder;
    private readonly LocalFiles _files;
    private readonly CompressOptions _options;
    private readonly StagingFolder _staging;

    private CompressRun(
        ModelName name, string folder, LocalFiles files, CompressOptions options, StagingFolder staging)
    {
        _name = name;
        _folder = folder;
        _files = files;
        _options = options;
        _staging = staging;
    }

    private string CopyFolder => Path.Combine(_staging.FullName, "copy");

    private string CopyPath => Path.Combine(CopyFolder, "model.onnx");

    /// <param name="folder">Full path of the model folder.</param>
    /// <param name="files">At least as many images as a comparison needs.</param>
    /// <exception cref="CommandException">The model cannot be used.</exception>
    public static async Task<int> RunAsync(
        ModelName name, string folder, LocalFiles files, CompressOptions options, CancellationToken cancellationToken)
    {
        using var staging = StagingFolder.Create("mme-compress-");
        return await new CompressRun(name, folder, files, options, staging).RunAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var host = Host(_folder, "model-tensors");
        if (!(await LoadAsync(host, cancellationToken)).TryGet(out var original, out var refusal))
        {
            throw new CommandException(ExitCodes.Failed, $"{refusal.Code}: {refusal.Message}");
        }

        using var before = original.Backend;
        Directory.CreateDirectory(CopyFolder);
        var source = Path.Combine(_folder, "model.onnx");
        var limit = host.Services.GetRequiredService<IOptions<OnnxOptions>>().Value.MaxModelBytes;
        if (!ModelCompressor.Compress(_name, source, CopyPath, limit).TryGet(out var layers, out refusal))
        {
            return await RefuseAsync(new CompressRefusal(_name.Value, $"{refusal.Code}: {refusal.Message}"));
        }

        var bytes = new Change(new FileInfo(source).Length, new FileInfo(CopyPath).Length);
        if (CompressVerdict.TooLarge(bytes) is { } tooLarge)
        {
            return await RefuseAsync(new CompressRefusal(_name.Value, tooLarge, layers, bytes));
        }

        var manifest = await MarkAsync(cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(CopyFolder, "model.json"), manifest, cancellationToken);
        using var copyHost = Host(CopyFolder, "copy-tensors");
        if (!(await LoadAsync(copyHost, cancellationToken)).TryGet(out var copy, out refusal))
        {
            return await RefuseAsync(new CompressRefusal(
                _name.Value, $"The copy cannot be loaded. {refusal.Code}: {refusal.Message}", layers, bytes));
        }

        using var after = copy.Backend;
        var runs = new SideBySide(
            before, after, original.Manifest, host.Services.GetRequiredService<TimeProvider>());
        using var comparison = new ImageComparison(_name, original.Manifest, runs, _files.Images.Count);
        var compared = await StepProgress.RunAsync("image", _files.Images.Count, advance =>
            comparison.CompareAsync(host.Services, _files.Images, advance, cancellationToken));
        var answered = compared.Where(image => image.IsAnswered).ToList();
        var truths = LabeledFolder.Of(_files.Images, original.Manifest.Labels).Truths;
        // Of images with the same content, the first stays, and those with a known label come first.
        var scored = await DistinctImages.OfAsync(
            [.. answered.OrderByDescending(image => truths.ContainsKey(image.Name))], _files.Images, cancellationToken);
        IReadOnlyList<RefusedImage> refused =
        [
            .. compared.Where(image => image.Refusal is not null).Select(image => new RefusedImage(
                image.Name, image.Refusal!.Code.ToString(), image.Refusal.Message)),
        ];
        if ((CompressVerdict.Unanswered(compared) ?? TooFew(scored.Count, refused)) is { } incomparable)
        {
            return await RefuseAsync(new CompressRefusal(_name.Value, incomparable, layers, bytes, refused));
        }

        if (!(await comparison.MeasureAsync(_options.Bounds.MaxSlowdown, cancellationToken)).TryGet(out var times, out refusal))
        {
            return await RefuseAsync(new CompressRefusal(
                _name.Value, $"A timed run failed. {refusal.Code}: {refusal.Message}", layers, bytes, refused));
        }

        var (accuracy, noAccuracy) = CompressedAccuracy.Of(scored, _files.Images, original.Manifest);
        return await FinishAsync(
            new CompressDocument(
                _name.Value,
                layers,
                bytes,
                times.OneImage,
                times.Together is null ? null : new BatchTime(comparison.TimedImages, times.Together),
                scored.Count,
                refused,
                new Proportion(scored.Count(image => !image.IsSame), scored.Count),
                scored.Max(image => image.Difference),
                accuracy)
            {
                Duplicates = answered.Count - scored.Count,
                NoAccuracy = noAccuracy,
                Measurements = times.Measurements,
            },
            manifest,
            cancellationToken);
    }

    /// <summary>
    /// Builds a host with its own tensor store. In a common store, the two models would share a trunk. In the
    /// machine's store, the model might be cut for a trunk that it shares with other models. Either would distort the
    /// times.
    /// </summary>
    private CommandHost Host(string folder, string store) =>
        LocalHost.Build(FolderModelCatalog.Of(_name, folder), Path.Combine(_staging.FullName, store));

    private async Task<Outcome<LoadedModel>> LoadAsync(CommandHost host, CancellationToken cancellationToken)
    {
        var descriptor = await host.Services.GetRequiredService<IModelCatalog>().FindAsync(_name, cancellationToken);
        return await host.Services.GetRequiredService<ModelLoader>().LoadAsync(descriptor!, cancellationToken);
    }

    /// <summary>Returns the manifest, with a note that the weights are compressed.</summary>
    private async Task<byte[]> MarkAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(_folder, "model.json"));
        var manifest = (await JsonNode.ParseAsync(file, cancellationToken: cancellationToken))!.AsObject();
        manifest["onnx"] = new JsonObject { ["weights"] = nameof(WeightType.Int8).ToLowerInvariant() };
        return [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Readable), (byte)'\n'];
    }

    private string? TooFew(int scored, IReadOnlyList<RefusedImage> refused) => scored >= CompressVerdict.MinImages
        ? null
        : CompressVerdict.TooFew(_options.Images, scored)
            // Without refusals, most of the images are copies of others.
            + (refused.Count > 0
                ? $" The first refusal is {refused[0].Code}: {refused[0].Message}"
                : " Images with the same content count only once.");

    private async Task<int> RefuseAsync(CompressRefusal refusal)
    {
        await CompressText.ReportAsync(refusal, _files, _options);
        return ExitCodes.Failed;
    }

    private async Task<int> FinishAsync(
        CompressDocument document, byte[] manifest, CancellationToken cancellationToken)
    {
        document = document with { Refusal = CompressVerdict.FindRefusal(document, _options.Bounds) };
        if (document.Refusal is null)
        {
            await ModelFolder.WriteAsync(_options.Out, CopyPath, manifest, cancellationToken);
            document = document with { Written = _options.Out };
        }

        await CompressText.ReportAsync(document, _files, _options);
        return document.Refusal is null ? ExitCodes.Done : ExitCodes.Failed;
    }
}
