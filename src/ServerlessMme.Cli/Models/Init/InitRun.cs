using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>
/// One run of <c>mme models init</c>. It works in a temporary folder, so a run that fails leaves nothing behind.
/// </summary>
internal sealed class InitRun : IDisposable
{
    private const int ActivationImages = 8;

    private readonly ModelName _name;
    private readonly ModelExport _export;
    private readonly InitRequest _request;
    private readonly StagingFolder _staging = StagingFolder.Create("mme-init-");
    private readonly CommandHost _host;

    public InitRun(ModelName name, ModelExport export, InitRequest request)
    {
        _name = name;
        _export = export;
        _request = request;
        _host = LocalHost.Build(FolderModelCatalog.Of(name, _staging.FullName));
    }

    private string OnnxPath => Path.Combine(_staging.FullName, "model.onnx");

    private string ManifestPath => Path.Combine(_staging.FullName, "model.json");

    public void Dispose()
    {
        _host.Dispose();
        _staging.Dispose();
    }

    public async Task<int> RunAsync(ApplyOptions apply, string target, CancellationToken cancellationToken)
    {
        // The loader comes first: it sets up the runtime that reading the file uses.
        var loader = _host.Services.GetRequiredService<ModelLoader>();
        if (await ExternalFiles.CopyAsync(_name, _export.OnnxPath, OnnxPath, cancellationToken) is { } incomplete)
        {
            return Refuse(incomplete);
        }

        var onnx = _host.Services.GetRequiredService<IOptions<OnnxOptions>>().Value;
        if (!OnnxFacts.Read(_name, OnnxPath, onnx.MaxModelBytes).TryGet(out var facts, out var refusal))
        {
            return Refuse(refusal);
        }

        foreach (var ignored in _export.Files.Ignored)
        {
            Console.Error.WriteLine($"warning: {ignored}");
        }

        var (source, draft) = ManifestImporter.Read(facts, _export.Files);
        if (await apply(draft, cancellationToken) is { } usage)
        {
            Console.Error.WriteLine(usage);
            return ExitCodes.Usage;
        }

        if (!(await LoadAsync(loader, draft, cancellationToken)).TryGet(out var model, out refusal))
        {
            InitReport.PrintDraft(source, draft);
            return Refuse(refusal);
        }

        var preprocessor = _host.Services.GetRequiredService<IImagePreprocessor>();
        using var given = await ReadImagesAsync(draft, model.Manifest.Input, preprocessor, cancellationToken);
        if (given is { Images.Count: 0 })
        {
            model.Backend.Dispose();
            return ExitCodes.Usage;
        }

        if (_request.MayAsk && given is null)
        {
            await InitQuestions.AskAsync(draft, cancellationToken);
        }

        using var drawn = given is null ? ProofImages.Draw(model.Manifest.Input) : null;
        var images = given ?? drawn!;
        var proof = new Proof(preprocessor);
        if (!(await ProveActivationAsync(loader, model, draft, proof, images, cancellationToken))
            .TryGet(out model, out refusal))
        {
            return Refuse(refusal);
        }

        using var backend = model.Backend;
        var found = await new PreprocessingSearch(proof, backend, images).RunAsync(draft, cancellationToken);
        if (_request.MayAsk && given is not null)
        {
            // Asks only about what the images left open.
            await InitQuestions.AskAsync(found.Draft, cancellationToken);
        }

        await ModelFolder.WriteAsync(target, OnnxPath, Bytes(found.Draft), cancellationToken);
        InitReport.PrintDraft(source, found.Draft);
        InitReport.PrintProof(found, given);
        InitReport.PrintNext(_name, target, found.IsWrong);
        return ExitCodes.Done;
    }

    /// <summary>Reads the user's images; null if none were given. Prints warnings about unusable ones.</summary>
    private async Task<ProofImages?> ReadImagesAsync(
        Draft draft, InputSpec input, IImagePreprocessor preprocessor, CancellationToken cancellationToken)
    {
        if (_request.Images is not { } folder)
        {
            return null;
        }

        // An image of any size will do if it can be decoded.
        var any = input with { Resize = new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Nearest) };
        using var tensors = new TensorBatch(any, 1);
        var images = await ProofImages.ReadAsync(
            folder, draft, IsReadableAsync, cancellationToken);
        if (images.Unreadable.Count > 0)
        {
            Console.Error.WriteLine(
                $"warning: Left out {Counted.Of(images.Unreadable.Count, "unreadable or oversized image")}: "
                + $"{Names(images.Unreadable)}.");
        }

        if (images.Images.Count == 0)
        {
            Console.Error.WriteLine($"--images is '{Printable.Text(folder)}', but this folder has no readable images.");
        }
        else if (images.Unknown.Count > 0)
        {
            Console.Error.WriteLine(
                "warning: The images in these folders have no known class, because no label has the folder's name: "
                + $"{Names(images.Unknown)}.");
        }

        return images;

        async ValueTask<bool> IsReadableAsync(EncodedImage image) =>
            await preprocessor.FillAsync(image, any, tensors, 0, cancellationToken) is null;
    }

    private static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(5).Select(name => $"'{Printable.Text(name, 60)}'")) + (names.Count > 5 ? ", …" : "");

    /// <summary>
    /// If the graph doesn't show the activation, finds it from the scores: an activation on top of probabilities makes
    /// the scores nearly even. Takes ownership of the loaded model. Returns it, or a model loaded from the changed
    /// draft.
    /// </summary>
    private async Task<Outcome<LoadedModel>> ProveActivationAsync(
        ModelLoader loader,
        LoadedModel model,
        Draft draft,
        Proof proof,
        ProofImages images,
        CancellationToken cancellationToken)
    {
        var activation = draft.Find("output.activation")!;
        if (activation.Certainty == Certainty.Certain || activation.Value.GetValue<string>() == "none")
        {
            return model;
        }

        var bare = draft.Copy();
        bare.Set(
            "output.activation", JsonValue.Create("none"), "the scores are already probabilities", Certainty.Likely);
        if (!(await LoadAsync(loader, bare, cancellationToken)).TryGet(out var plain, out _))
        {
            return model;
        }

        var inputs = Variants.Ranges(draft).Select(each => ManifestReader.Read(_name, Bytes(each.Draft)))
            .Where(read => read.Refusal is null).Select(read => read.Value.Input).ToList();
        var task = await proof.FindProbabilitiesAsync(
            plain.Backend, inputs, images.Sample(ActivationImages), cancellationToken);
        if (task is null)
        {
            plain.Backend.Dispose();
            return model;
        }

        model.Backend.Dispose();
        // One score per image can lie between 0 and 1 by chance, and drawings are few.
        var isSure = !plain.Manifest.TakesOneScore || !images.AreDrawn;
        draft.Set(
            "output.activation", JsonValue.Create("none"), "the scores are already probabilities",
            isSure ? Certainty.Likely : Certainty.Unsure);
        if (task == OutputTask.Single)
        {
            return plain;
        }

        plain.Backend.Dispose();
        draft.Set("output.task", JsonValue.Create("multi"), "the scores do not sum to 1", Certainty.Unsure);
        return await LoadAsync(loader, draft, cancellationToken);
    }

    private async Task<Outcome<LoadedModel>> LoadAsync(
        ModelLoader loader, Draft draft, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(ManifestPath, Bytes(draft), cancellationToken);
        var catalog = _host.Services.GetRequiredService<IModelCatalog>();
        var descriptor = await catalog.FindAsync(_name, cancellationToken);
        return await loader.LoadAsync(descriptor!, cancellationToken);
    }

    private static byte[] Bytes(Draft draft) => Encoding.UTF8.GetBytes(draft.ToJson());

    private int Refuse(Refusal refusal)
    {
        // The loader names the model folder, which does not exist yet. The user knows the file.
        var message = refusal.Message.Replace(
            $"model.onnx of model '{_name}'", $"'{Printable.Text(_export.Shown)}'", StringComparison.Ordinal);
        Console.Error.WriteLine($"{refusal.Code}: {message}");
        return ExitCodes.Failed;
    }
}
