using System.Text;
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

        using var backend = model.Backend;
        using var drawn = given is null ? ProofImages.Draw(model.Manifest.Input) : null;
        var search = new PreprocessingSearch(
            new Proof(_host.Services.GetRequiredService<IImagePreprocessor>()), backend, given ?? drawn!);
        var found = await search.RunAsync(draft, cancellationToken);
        await WriteAsync(found.Draft, target, cancellationToken);
        InitReport.PrintDraft(source, found.Draft);
        InitReport.PrintProof(found, given);
        InitReport.PrintNext(_name, target);
        return ExitCodes.Done;
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

    private static int Refuse(Refusal refusal)
    {
        Console.Error.WriteLine($"{refusal.Code}: {refusal.Message}");
        return ExitCodes.Failed;
    }
}
