using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
    private readonly ModelName _name;
    private readonly ModelExport _export;
    private readonly InitRequest _request;
    private readonly DirectoryInfo _staging = Directory.CreateTempSubdirectory("mme-init-");
    private readonly IHost _host;

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
        _staging.Delete(recursive: true);
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

        using var given = _request.Images is { } folder
            ? await ProofImages.ReadAsync(folder, draft, cancellationToken)
            : null;
        if (given is { Images.Count: 0 })
        {
            Console.Error.WriteLine($"'{Printable.Text(_request.Images)}' has no images for --images.");
            return ExitCodes.Usage;
        }

        if (given is { Unknown.Count: > 0 })
        {
            Console.Error.WriteLine(
                $"warning: no label is called {string.Join(", ", given.Unknown.Take(5).Select(each => $"'{each}'"))}, so "
                + "the images of such folders count as unknown.");
        }

        if (_request.MayAsk)
        {
            InitQuestions.Ask(draft);
        }

        if (!(await LoadAsync(loader, draft, cancellationToken)).TryGet(out var model, out refusal))
        {
            InitReport.PrintDraft(source, draft);
            return Refuse(refusal);
        }

        using var drawn = given is null ? ProofImages.Draw(model.Manifest.Input) : null;
        var proof = new Proof(_host.Services.GetRequiredService<IImagePreprocessor>());
        if (!(await ProveActivationAsync(loader, model, draft, proof, given ?? drawn!, cancellationToken))
            .TryGet(out model, out refusal))
        {
            return Refuse(refusal);
        }

        using var backend = model.Backend;
        var found = await new PreprocessingSearch(proof, backend, given ?? drawn!).RunAsync(draft, cancellationToken);
        await WriteAsync(found.Draft, target, cancellationToken);
        InitReport.PrintDraft(source, found.Draft);
        InitReport.PrintProof(found, given);
        InitReport.PrintNext(_name, target);
        return ExitCodes.Done;
    }

    /// <summary>
    /// Where the graph does not show what makes the scores, the scores do: an activation on top of probabilities makes
    /// them nearly even. Takes the loaded model over, and returns it, or another of the changed draft.
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

        model.Backend.Dispose();
        var bare = draft.Copy();
        bare.Set("output.activation", JsonValue.Create("none"), "", Certainty.Unsure);
        if (!(await LoadAsync(loader, bare, cancellationToken)).TryGet(out var plain, out var refusal))
        {
            return refusal;
        }

        OutputTask? task;
        using (var backend = plain.Backend)
        {
            task = await proof.FindProbabilitiesAsync(
                backend, plain.Manifest.Input, images.Images, cancellationToken);
        }

        if (task is not null)
        {
            const string Because = "the scores are probabilities already";
            // With one score for two labels, the second is made up so that they sum to 1.
            draft.Set("output.activation", JsonValue.Create("none"), Because, Certainty.Likely);
            if (task == OutputTask.Multi)
            {
                draft.Set("output.task", JsonValue.Create("multi"), "the scores do not sum to 1", Certainty.Unsure);
            }
        }

        return await LoadAsync(loader, draft, cancellationToken);
    }

    private async Task<Outcome<LoadedModel>> LoadAsync(
        ModelLoader loader, Draft draft, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(ManifestPath, draft.ToJson(), new UTF8Encoding(false), cancellationToken);
        var catalog = _host.Services.GetRequiredService<IModelCatalog>();
        var descriptor = await catalog.FindAsync(_name, cancellationToken);
        return await loader.LoadAsync(descriptor!, cancellationToken);
    }

    private async Task WriteAsync(Draft draft, string target, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(target);
        var manifest = Path.Combine(target, "model.json");
        var onnx = Path.Combine(target, "model.onnx");
        // Both files are whole before the first one is replaced.
        File.Copy(OnnxPath, onnx + ".tmp", overwrite: true);
        await File.WriteAllTextAsync(
            manifest + ".tmp", draft.ToJson(), new UTF8Encoding(false), cancellationToken);
        File.Move(onnx + ".tmp", onnx, overwrite: true);
        File.Move(manifest + ".tmp", manifest, overwrite: true);
    }

    private int Refuse(Refusal refusal)
    {
        // The loader speaks of the model folder, which does not exist yet. The user knows the file.
        var message = refusal.Message.Replace(
            $"model.onnx of model '{_name}'", $"'{Printable.Text(_export.Shown)}'", StringComparison.Ordinal);
        Console.Error.WriteLine($"{refusal.Code}: {message}");
        return ExitCodes.Failed;
    }
}
