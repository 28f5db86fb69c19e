using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Review;
using ServerlessMme.Onnx;
using ServerlessMme.Onnx.Compression;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>
/// One run of <c>mme models compress</c>. It works in a temporary folder until the copy is found to be good.
/// </summary>
/// <param name="folder">Full path of the model folder.</param>
/// <param name="files">At least as many as a comparison needs.</param>
internal sealed class CompressRun(ModelName name, string folder, LocalFiles files, CompressOptions options)
    : IDisposable
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // Labels are in any script. The file is read by people, and never becomes part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly DirectoryInfo _staging = Directory.CreateTempSubdirectory("mme-compress-");
    private readonly CommandHost _host = LocalHost.Build(FolderModelCatalog.Of(name, folder));
    private CommandHost? _copyHost;

    private string OnnxPath => Path.Combine(_staging.FullName, "model.onnx");

    public void Dispose()
    {
        _copyHost?.Dispose();
        _host.Dispose();
        _staging.Delete(recursive: true);
    }

    /// <exception cref="CommandException">The model or the images cannot be used.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var original = await LoadAsync(_host, cancellationToken);
        using var before = original.Backend;
        if (before.Type != "onnx" || original.Manifest.Weights is not null)
        {
            throw new CommandException(
                ExitCodes.Usage,
                before.Type == "onnx"
                    ? $"'{name}' is compressed already: model.json says so in onnx.weights."
                    : $"'{name}' runs on {before.Type}, and only networks that run in process are compressed.");
        }

        var source = Path.Combine(folder, "model.onnx");
        var limit = _host.Services.GetRequiredService<IOptions<OnnxOptions>>().Value.MaxModelBytes;
        if (!ModelCompressor.Compress(name, source, OnnxPath, limit).TryGet(out var layers, out var refusal))
        {
            throw new CommandException(ExitCodes.Failed, $"{refusal.Code}: {refusal.Message}");
        }

        var bytes = new Change(new FileInfo(source).Length, new FileInfo(OnnxPath).Length);
        if (CompressVerdict.TooLarge(bytes) is { } tooLarge)
        {
            // Known before any image is scored.
            throw new CommandException(ExitCodes.Failed, tooLarge);
        }

        var manifest = await MarkAsync(cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(_staging.FullName, "model.json"), manifest, cancellationToken);
        // In one store, both would run the convolutions as a common trunk, which neither has to itself elsewhere.
        _copyHost = LocalHost.Build(
            FolderModelCatalog.Of(name, _staging.FullName), Path.Combine(_staging.FullName, "tensors"));
        var copy = await LoadAsync(_copyHost, cancellationToken);
        using var after = copy.Backend;
        var runs = new SideBySide(
            before, after, original.Manifest, _host.Services.GetRequiredService<TimeProvider>());
        var document = await CompareAsync(runs, original.Manifest, layers, bytes, cancellationToken);
        document = document with
        {
            Refusal = CompressVerdict.FindRefusal(document, options.MaxLoss, options.MaxSlowdown),
        };
        if (document.Refusal is null)
        {
            await ModelFolder.WriteAsync(options.Out, OnnxPath, manifest, cancellationToken);
            document = document with { Written = options.Out };
        }

        await CompressText.ReportAsync(document, files, options, cancellationToken);
        return document.Refusal is null ? ExitCodes.Done : ExitCodes.Failed;
    }

    private async Task<LoadedModel> LoadAsync(CommandHost host, CancellationToken cancellationToken)
    {
        var descriptor = await host.Services.GetRequiredService<IModelCatalog>().FindAsync(name, cancellationToken);
        var loader = host.Services.GetRequiredService<ModelLoader>();
        return (await loader.LoadAsync(descriptor!, cancellationToken)).TryGet(out var model, out var refusal)
            ? model
            : throw new CommandException(ExitCodes.Failed, $"{refusal.Code}: {refusal.Message}");
    }

    /// <summary>The manifest, with a note of what became of the network.</summary>
    private async Task<byte[]> MarkAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(folder, "model.json"));
        var manifest = (await JsonNode.ParseAsync(file, cancellationToken: cancellationToken))!.AsObject();
        manifest["onnx"] = new JsonObject { ["weights"] = nameof(WeightType.Int8).ToLowerInvariant() };
        return [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Readable), (byte)'\n'];
    }

    private async Task<CompressDocument> CompareAsync(
        SideBySide runs, Manifest manifest, int layers, Change bytes, CancellationToken cancellationToken)
    {
        var count = Math.Min(runs.BatchSize, files.Images.Count);
        using var timed = new TensorBatch(manifest.Input, count);
        var kept = new List<EncodedImage>();
        var compared = new List<ComparedImage>();
        await ImageProgress.RunAsync(files.Images.Count, async advance =>
        {
            await foreach (var image in ScoreAsync(runs, manifest, timed, kept, cancellationToken))
            {
                compared.Add(image);
                advance();
            }

            return true;
        });
        var scored = compared.Where(image => image.Refusal is null).ToList();
        if (scored.Count < CompressVerdict.MinImages)
        {
            var first = compared.Find(image => image.Refusal is not null)!.Refusal!;
            throw new CommandException(
                ExitCodes.Failed,
                $"{CompressVerdict.TooFew(options.Images, scored.Count)} The first problem: {first.Code}: "
                + first.Message);
        }

        var (alone, together) = await runs.MeasureAsync(
            kept, timed.Slice(0, kept.Count), cancellationToken);
        return new CompressDocument(
            name.Value,
            layers,
            bytes,
            alone,
            together is null ? null : new BatchTime(kept.Count, together),
            scored.Count,
            [.. compared.Where(image => image.Refusal is not null).Select(image => new RefusedImage(
                image.Name, image.Refusal!.Code.ToString(), image.Refusal.Message))],
            new Proportion(scored.Count(image => !image.IsSame), scored.Count),
            scored.Max(image => image.Difference),
            Accuracy(scored, manifest));
    }

    /// <summary>Scores every image with both models, and keeps the tensors of the first ones.</summary>
    private async IAsyncEnumerable<ComparedImage> ScoreAsync(
        SideBySide runs, Manifest manifest, TensorBatch timed, List<EncodedImage> kept,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var services = _host.Services;
        var source = new LocalImageSource(
            files.Images, services.GetRequiredService<WorkingMemory>(),
            services.GetRequiredService<IOptions<ImageOptions>>());
        var preprocessor = services.GetRequiredService<IImagePreprocessor>();
        using var further = new TensorBatch(manifest.Input, 1);
        foreach (var file in files.Images)
        {
            var fetched = await source.FetchAsync(name, file.Path, null, cancellationToken);
            // Disposed when its tensor is filled: the backends read nothing of it but its name.
            using var image = fetched.Image;
            var isKept = kept.Count < timed.Capacity;
            var row = isKept ? timed.Slice(kept.Count, 1) : further;
            var refusal = image is null
                ? fetched.Refusal
                : await preprocessor.FillAsync(image, manifest.Input, row, 0, cancellationToken);
            var compared = refusal is null
                ? await runs.CompareAsync(image!, row, cancellationToken)
                : new ComparedImage(file.Name, 0, 0, IsSame: false, 0, refusal);
            if (isKept && compared.Refusal is null)
            {
                kept.Add(image!);
            }

            yield return compared;
        }
    }

    private CompressedAccuracy? Accuracy(List<ComparedImage> scored, Manifest manifest)
    {
        if (manifest.Output.Task == OutputTask.Multi)
        {
            // A folder says one label of an image, and the model gives several.
            return null;
        }

        var truths = LabelledFolder.Of(files.Images, manifest.Labels).Truths;
        var known = scored.Where(image => truths.ContainsKey(image.Name)).ToList();
        return known.Count < CompressVerdict.MinImages
            ? null
            : new CompressedAccuracy(
                new Proportion(known.Count(image => image.Before == truths[image.Name]), known.Count),
                new Proportion(known.Count(image => image.After == truths[image.Name]), known.Count));
    }
}
