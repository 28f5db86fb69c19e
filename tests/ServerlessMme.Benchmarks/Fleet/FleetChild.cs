using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx;

namespace ServerlessMme.Benchmarks.Fleet;

/// <summary>One side of the comparison, in a process of its own. Prints its figures as one JSON line.</summary>
internal sealed class FleetChild : IDisposable
{
    private readonly FleetOptions _options;
    private readonly Manifest _manifest;
    private readonly TensorBatch _tensors;
    private readonly EncodedImage _image;

    private FleetChild(FleetOptions options)
    {
        _options = options;
        _manifest = new Manifest([.. Enumerable.Range(0, 10).Select(i => $"label{i}")],
            new InputSpec(null, options.Size, options.Size, TensorLayout.NCHW, ChannelOrder.RGB, TensorType.Float32,
                new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), 1, [0, 0, 0], [1, 1, 1]),
            new OutputSpec(null, Activation.None), 5, new BackendSpec("onnx", new Dictionary<string, string>()));
        _tensors = new TensorBatch(_manifest.Input, 1);
        var random = new Random(3);
        foreach (ref var value in MemoryMarshal.Cast<byte, float>(_tensors.Row(0)))
        {
            value = random.NextSingle();
        }

        _image = new EncodedImage(new ImageReference(null, "noise", null, 0), ArrayPool<byte>.Shared.Rent(1), 0);
    }

    public static int Run(FleetOptions options)
    {
        using var child = new FleetChild(options);
        Console.WriteLine(options.Part switch
        {
            "naive" => JsonSerializer.Serialize(child.Measure(options.Naive, new Sessions(child, threads: 0))),
            "add" => JsonSerializer.Serialize(child.Add()),
            "store" => JsonSerializer.Serialize(child.Measure(options.Models, new Backends(child))),
            "runs" => JsonSerializer.Serialize(child.Runs(Math.Min(10, options.Naive))),
            _ => throw new ArgumentException(options.Part),
        });
        return 0;
    }

    public void Dispose()
    {
        _tensors.Dispose();
        _image.Dispose();
    }

    /// <summary>Loads all, runs each, disposes all.</summary>
    private FleetFigures Measure(int models, Fleet fleet)
    {
        fleet.Load(0);
        fleet.Run(0);
        fleet.Unload();
        fleet.Settle();
        var start = ProcessMemory.PrivateMiB();
        var maps = ProcessMemory.Maps();
        var loads = new List<double>();
        var firsts = new List<double>();
        var one = 0.0;
        for (var i = 0; i < models; i++)
        {
            loads.Add(fleet.Load(i));
            firsts.Add(fleet.Run(i));
            if (i == 0)
            {
                one = ProcessMemory.PrivateMiB();
            }
        }

        var all = ProcessMemory.PrivateMiB();
        var figures = new FleetFigures(
            models, Figures.Median(loads), Figures.Percentile(loads, 99), Figures.Median(firsts),
            (all - one) / (models - 1), all, ProcessMemory.ResidentMiB(), ProcessMemory.Maps() - maps,
            ProcessMemory.Threads(), ProcessMemory.Handles(), 0, fleet.ReportedMiB, 0, 0);
        for (var i = 0; i < models; i++)
        {
            UseMuch(fleet, i);
        }

        fleet.Settle();
        figures = figures with
        {
            UsedMuchMiBPerModel = (ProcessMemory.PrivateMiB() - one) / (models - 1),
            UsedMuchMaps = ProcessMemory.Maps() - maps,
        };
        fleet.Unload();
        fleet.Settle();
        return figures with { ResidualMiB = ProcessMemory.PrivateMiB() - start };
    }

    private AddFigures Add()
    {
        var file = FleetFile.Open(_options.Folder);
        using var fleet = new Backends(this);
        var times = new List<double>();
        for (var i = 0; i < _options.Models; i++)
        {
            file.Become(i);
            times.Add(fleet.Load(i));
            fleet.Unload();
        }

        return new AddFigures(Figures.Median(times));
    }

    /// <summary>
    /// Both in one process, by turns, so that what else the machine does strikes both. A plain session takes every core
    /// for one image; the product classifies images side by side, one thread each. So the comparison is with plain
    /// sessions of one thread. Those of all cores are shown beside it, and run last: their threads spin after a run.
    /// </summary>
    private RunFigures Runs(int models)
    {
        using var stored = new Backends(this);
        using var naive = new Sessions(this, threads: 1);
        using var parallel = new Sessions(this, threads: 0);
        for (var i = 0; i < models; i++)
        {
            stored.Load(i);
            naive.Load(i);
            parallel.Load(i);
            UseMuch(stored, i);
            UseMuch(naive, i);
        }

        var one = new List<double>();
        var other = new List<double>();
        var third = new List<double>();
        var rounds = _options.Kind == "finetunes" ? 20 : 100;
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < models; i++)
            {
                if (round % 2 == 0)
                {
                    one.Add(stored.Run(i));
                }

                other.Add(naive.Run(i));
                if (round % 2 == 1)
                {
                    one.Add(stored.Run(i));
                }
            }
        }

        for (var round = 0; round < rounds / 2; round++)
        {
            for (var i = 0; i < models; i++)
            {
                third.Add(parallel.Run(i));
            }
        }

        return new RunFigures(Figures.Median(one), Figures.Median(other), Figures.Median(third));
    }

    /// <summary>
    /// Runs a model many times, which may make it keep more. Not the large ones: they would take minutes.
    /// </summary>
    private void UseMuch(Fleet fleet, int number)
    {
        for (var i = 0; i < 70 && _options.Kind != "finetunes"; i++)
        {
            fleet.Run(number);
        }
    }

    private abstract class Fleet : IDisposable
    {
        /// <summary>Milliseconds of a load.</summary>
        public abstract double Load(int number);

        /// <summary>Milliseconds of a run.</summary>
        public abstract double Run(int number);

        public abstract void Unload();

        /// <summary>Private memory of the last model as the product reports it.</summary>
        public virtual double ReportedMiB => 0;

        /// <summary>Waits until freed memory went back.</summary>
        public virtual void Settle()
        {
        }

        public virtual void Dispose() => Unload();
    }

    /// <summary>What anybody would write: a session a model, all settings as they are.</summary>
    /// <param name="threads">0 leaves this as it is too: a thread a core.</param>
    private sealed class Sessions(FleetChild child, int threads) : Fleet
    {
        private readonly FleetFile _file = FleetFile.Open(child._options.Folder);
        private readonly List<InferenceSession> _sessions = [];

        public override double Load(int number)
        {
            _file.Become(number);
            var started = Stopwatch.GetTimestamp();
            using var settings = new SessionOptions { IntraOpNumThreads = threads };
            _sessions.Add(new InferenceSession(_file.OnnxPath, settings));
            return ProcessMemory.Milliseconds(started);
        }

        public override double Run(int number)
        {
            var started = Stopwatch.GetTimestamp();
            using var options = new RunOptions();
            using var input = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.Float,
                [1, 3, child._options.Size, child._options.Size], child._tensors.Address, child._tensors.RowBytes);
            using var results = _sessions[number].Run(options, ["input"], [input], ["probabilities"]);
            results[0].GetTensorDataAsSpan<float>().ToArray();
            return ProcessMemory.Milliseconds(started);
        }

        public override void Unload()
        {
            foreach (var session in _sessions)
            {
                session.Dispose();
            }

            _sessions.Clear();
        }
    }

    private sealed class Backends(FleetChild child) : Fleet
    {
        private readonly OnnxBackendFactory _factory = new(new OnnxOptions
        {
            StorePath = Path.Combine(child._options.Folder, "store"),
            StoreMaxBytes = long.MaxValue,
        });

        private readonly List<IBackend> _backends = [];

        public override double ReportedMiB => _backends[^1].PrivateBytes / 1048576.0;

        public override double Load(int number)
        {
            var descriptor = new ModelDescriptor(ModelName.Parse($"model-{number}").Value, "1", 0);
            var path = Path.Combine(child._options.Folder, "model.onnx");
            var files = new ModelFiles("", path, $"sha256:{child._options.Kind}{number}");
            var allowance = new LoadAllowance(TimeSpan.FromMinutes(1), long.MaxValue);
            var started = Stopwatch.GetTimestamp();
#pragma warning disable RS0030 // Each model is timed alone, on this thread.
            _backends.Add(_factory.CreateAsync(descriptor, files, child._manifest, allowance, default)
                .GetAwaiter().GetResult().Value);
#pragma warning restore RS0030
            return ProcessMemory.Milliseconds(started);
        }

        public override double Run(int number)
        {
            var started = Stopwatch.GetTimestamp();
            var scores = _backends[number].ScoreAsync(new ImageBatch([child._image], child._tensors), default).AsTask();
#pragma warning disable RS0030 // Each model is timed alone, on this thread.
            _ = scores.GetAwaiter().GetResult()[0].Value;
#pragma warning restore RS0030
            return ProcessMemory.Milliseconds(started);
        }

        public override void Unload()
        {
            foreach (var backend in _backends)
            {
                backend.Dispose();
            }

            _backends.Clear();
        }

        public override void Settle() =>
#pragma warning disable RS0030 // The benchmark has nothing else to do meanwhile.
            Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System).GetAwaiter().GetResult();
#pragma warning restore RS0030

        public override void Dispose()
        {
            base.Dispose();
            _factory.Dispose();
        }
    }
}
