using System.Collections.Concurrent;
using System.Security.Cryptography;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;
using ServerlessMme.Onnx.Trials;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Trials;

/// <summary>A factory with a store of its own, which tries models in child processes of this program.</summary>
internal sealed class TrialFixture : IDisposable
{
    private const string ManifestJson = """
        {
          "labels": ["label0", "label1", "label2"],
          "input": { "width": 4, "height": 2, "layout": "NCHW", "channels": "RGB", "type": "float32" },
          "output": { "activation": "none" }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    /// <param name="maxBytes">The most that a load may reserve.</param>
    public TrialFixture(
        long maxBytes = 256 << 20, TimeSpan? loadTimeout = null, TimeSpan? runTimeout = null,
        TrialCommand? command = null)
    {
        ManifestPath = _folder.Write("model.json", System.Text.Encoding.UTF8.GetBytes(ManifestJson));
        Allowance = new LoadAllowance(loadTimeout ?? TimeSpan.FromSeconds(20), (bytes, _) =>
        {
            var granted = Math.Min(bytes, maxBytes);
            Reserved.Enqueue(granted);
            return Task.FromResult(granted);
        });
        var options = new OnnxOptions
        {
            StorePath = _folder.PathOf("store"),
            RunTimeout = runTimeout ?? TimeSpan.FromSeconds(20),
        };
        Factory = new OnnxBackendFactory(options, TimeProvider.System, Log, command ?? Command);
    }

    /// <summary>Starts this program as a child.</summary>
    public static TrialCommand Command { get; } = TrialCommand.OfAssembly(typeof(TrialFixture).Assembly.Location)!;

    public OnnxBackendFactory Factory { get; }

    public string ManifestPath { get; }

    public RecordingLogger Log { get; } = new();

    public LoadAllowance Allowance { get; }

    /// <summary>Bytes that were reserved, in order.</summary>
    public ConcurrentQueue<long> Reserved { get; } = new();

    public Manifest Manifest => ManifestReader.Read(Loading.Descriptor().Name, File.ReadAllBytes(ManifestPath)).Value;

    public string[] Graphs => Directory.GetFiles(Path.Combine(_folder.PathOf("store"), "graphs"));

    /// <summary>Folders of trials that were not deleted.</summary>
    public string[] Leftovers => Directory.GetDirectories(
        Path.Combine(_folder.PathOf("store"), "users"), "tmp-*", SearchOption.AllDirectories);

    public async Task<Outcome<IBackend>> LoadAsync(byte[] onnx)
    {
        var files = new ModelFiles(ManifestPath, Write(onnx), $"sha256:{Digest(onnx)}");
        return await Factory.CreateAsync(
            Loading.Descriptor(), files, Manifest, Allowance, TestContext.Current.CancellationToken);
    }

    public string Write(byte[] onnx) => _folder.Write($"{Digest(onnx)}/model.onnx", onnx);

    private static string Digest(byte[] onnx) => Convert.ToHexStringLower(SHA256.HashData(onnx));

    public void Dispose()
    {
        Factory.Dispose();
        _folder.Dispose();
    }
}
