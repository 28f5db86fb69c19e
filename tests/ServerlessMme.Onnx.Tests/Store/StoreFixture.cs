using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Store;

/// <summary>A store of its own for one test, and factories that stand for processes which share it.</summary>
internal sealed class StoreFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<IDisposable> _disposables = [];

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public RecordingLogger Log { get; } = new();

    public Manifest Manifest { get; } =
        Manifests.Of(labels: 10, width: Networks.Size, height: Networks.Size);

    public string Root => Path.Combine(_folder.Root, "store");

    public string[] Graphs => Directory.GetFiles(Path.Combine(Root, "graphs"));

    public string[] Packs => Directory.GetFiles(Path.Combine(Root, "packs"));

    public long Bytes => Graphs.Concat(Packs).Sum(path => new FileInfo(path).Length);

    /// <summary>Another process.</summary>
    public OnnxBackendFactory Process(long capBytes = 1 << 30, TimeProvider? time = null)
    {
        var options = new OnnxOptions { StorePath = Root, StoreMaxBytes = capBytes };
        var factory = new OnnxBackendFactory(options, time ?? Time, Log);
        _disposables.Add(factory);
        return factory;
    }

    /// <summary>Loads a model. Without <paramref name="artifact"/> its file is gone: only the store helps.</summary>
    public async Task<IBackend> LoadAsync(OnnxBackendFactory process, byte[] onnx, bool artifact = true)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(onnx));
        var path = Path.Combine(_folder.Root, digest, "model.onnx");
        if (artifact)
        {
            _folder.Write(path, onnx);
        }
        else
        {
            File.Delete(path);
        }

        var backend = await OpenAsync(process, path, digest);
        _disposables.Insert(0, backend);
        return backend;
    }

    /// <summary>Loads a model that is in the store; the caller disposes it.</summary>
    public Task<IBackend> OpenAsync(OnnxBackendFactory process, byte[] onnx) =>
        OpenAsync(process, "", Convert.ToHexStringLower(SHA256.HashData(onnx)));

    private async Task<IBackend> OpenAsync(OnnxBackendFactory process, string path, string digest) =>
        (await process.CreateAsync(Loading.Descriptor(), new ModelFiles("", path, $"sha256:{digest}"),
            Manifest, Loading.Allowance, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1))).Value;

    public async Task<float[]> ScoreAsync(IBackend backend, int seed = 1) =>
        await backend.SingleAsync(Manifest, Networks.Image(seed));

    /// <summary>What the model says without a store.</summary>
    public async Task<float[]> PlainAsync(byte[] onnx, int seed = 1)
    {
        using var backend = (await Loading.LoadAsync(onnx, Manifest)).Value;
        return await backend.SingleAsync(Manifest, Networks.Image(seed));
    }

    public async Task AssertSameAsync(byte[] onnx, IBackend backend)
    {
        for (var seed = 0; seed < 3; seed++)
        {
            AssertClose(await PlainAsync(onnx, seed), await ScoreAsync(backend, seed));
        }
    }

    public static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal(one, other, 1e-5f * Math.Max(1, Math.Abs(one)));
        }
    }

    public void Dispose()
    {
        foreach (var each in _disposables)
        {
            each.Dispose();
        }

        _folder.Dispose();
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class RecordingLogger : ILogger<OnnxBackendFactory>
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
        }
    }
}
