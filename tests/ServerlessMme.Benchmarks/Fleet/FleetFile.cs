using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Benchmarks.Fleet;

/// <summary>
/// One ONNX file that becomes any model of the fleet: the weights that differ are written over in place, so that
/// making a model costs neither disk nor memory.
/// </summary>
internal sealed class FleetFile
{
    private const int Sentinel = 16;
    private readonly IReadOnlyList<Region> _regions;

    private FleetFile(string folder, IReadOnlyList<Region> regions)
    {
        OnnxPath = PathIn(folder);
        _regions = regions;
    }

    public string OnnxPath { get; }

    /// <summary>A tensor's place in the file.</summary>
    /// <param name="Varies">True when every model has its own values.</param>
    private sealed record Region(long Offset, int Values, float Scale, bool Varies);

    public static FleetFile Open(string folder) => new(folder,
        JsonSerializer.Deserialize<List<Region>>(File.ReadAllText(Path.Combine(folder, "regions.json")))!);

    public static void Create(FleetOptions options)
    {
        var network = new Network(options.Size);
        if (options.Kind == "finetunes")
        {
            network.Vgg16();
        }
        else
        {
            network.Cifar(options.Kind == "tiny" ? 64 : 500, options.Kind == "tiny" ? 8 : 32);
        }

        var bytes = network.Graph.ToBytes();
        File.WriteAllBytes(PathIn(options.Folder), bytes);
        var regions = network.Weights.Select(weights => new Region(
            bytes.AsSpan().IndexOf(weights.Mark), weights.Values, weights.Scale,
            options.Kind != "finetunes" || weights.IsHead)).ToList();
        File.WriteAllText(Path.Combine(options.Folder, "regions.json"), JsonSerializer.Serialize(regions));
        new FleetFile(options.Folder, regions).Fill(0, regions);
    }

    /// <summary>Writes model <paramref name="number"/>.</summary>
    public void Become(int number) => Fill(number, _regions.Where(region => region.Varies));

    private static string PathIn(string folder) => Path.Combine(folder, "model.onnx");

    private void Fill(int number, IEnumerable<Region> regions)
    {
        using var file = File.Open(OnnxPath, FileMode.Open, FileAccess.ReadWrite);
        var buffer = new float[4096];
        foreach (var region in regions)
        {
            var random = new Random(HashCode(number, region.Offset));
            file.Position = region.Offset;
            for (var left = region.Values; left > 0; left -= buffer.Length)
            {
                var part = buffer.AsSpan(0, Math.Min(left, buffer.Length));
                foreach (ref var value in part)
                {
                    value = (random.NextSingle() - 0.5f) * region.Scale;
                }

                file.Write(MemoryMarshal.AsBytes(part));
            }
        }
    }

    private static int HashCode(int number, long offset) => (int)((number * 1_000_003L) ^ offset);

    /// <summary>A network whose weights are found again in the file by a mark.</summary>
    private sealed class Network
    {
        private readonly int _size;
        private string _value;

        public Network(int size)
        {
            _size = size;
            _value = Graph.Input("input", GraphBuilder.Float, -1, 3, size, size);
        }

        public GraphBuilder Graph { get; } = new();

        public List<(byte[] Mark, int Values, float Scale, bool IsHead)> Weights { get; } = [];

        public void Vgg16()
        {
            var from = 3;
            foreach (var group in new[] { (64, 2), (128, 2), (256, 3), (512, 3), (512, 3) })
            {
                for (var i = 0; i < group.Item2; i++)
                {
                    Convolution(from, group.Item1);
                    from = group.Item1;
                }

                Pool();
            }

            _value = Graph.Node("Flatten", [Graph.Node("GlobalAveragePool", [_value])]);
            Dense(512, 10);
            End();
        }

        public void Cifar(int hidden, int channels)
        {
            foreach (var (from, to) in new[] { (3, channels), (channels, 2 * channels), (2 * channels, 2 * channels) })
            {
                Convolution(from, to);
                Pool();
            }

            _value = Graph.Node("Flatten", [_value]);
            Dense(2 * channels * (_size / 8) * (_size / 8), hidden);
            _value = Graph.Node("Relu", [_value]);
            Dense(hidden, 10);
            End();
        }

        private void Convolution(int from, int to)
        {
            var inputs = new[] { _value, Tensor(from * 9, false, to, from, 3, 3), Tensor(100_000, false, to) };
            _value = Graph.Node("Conv", inputs, GraphBuilder.Ints("pads", 1, 1, 1, 1));
            _value = Graph.Node("Relu", [_value]);
        }

        private void Pool() => _value = Graph.Node("MaxPool", [_value],
            GraphBuilder.Ints("kernel_shape", 2, 2), GraphBuilder.Ints("strides", 2, 2));

        private void Dense(int from, int to) =>
            _value = Graph.Node("Gemm", [_value, Tensor(from, true, from, to), Tensor(100_000, true, to)]);

        private void End() => Graph
            .NodeTo("probabilities", "Softmax", [_value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, -1, 10);

        private string Tensor(int fanIn, bool isHead, params int[] sizes)
        {
            var values = new float[sizes.Aggregate(1, (product, size) => product * size)];
            var mark = RandomNumberGenerator.GetBytes(Sentinel);
            mark.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            Weights.Add((mark, values.Length, MathF.Sqrt(24f / fanIn), isHead));
            return Graph.Weights(values, sizes);
        }
    }
}
