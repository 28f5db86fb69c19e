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
    private readonly List<Region> _regions;

    private FleetFile(string folder, List<Region> regions)
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
        switch (options.Kind)
        {
            case "finetunes":
                network.Vgg16(sharedBlocks: 5);
                break;
            case "blocks":
                network.Vgg16(sharedBlocks: 4);
                break;
            case "features":
                network.Vgg16Features();
                break;
            case "tiny":
                network.Cifar(hidden: 64, channels: 8);
                break;
            case "smallest":
                network.Smallest();
                break;
            default:
                network.Cifar(hidden: 500, channels: 32);
                break;
        }

        var bytes = network.Graph.ToBytes();
        File.WriteAllBytes(PathIn(options.Folder), bytes);
        var regions = network.Weights.Select(weights => new Region(
            bytes.AsSpan().IndexOf(weights.Mark), weights.Values, weights.Scale, weights.Varies)).ToList();
        File.WriteAllText(Path.Combine(options.Folder, "regions.json"), JsonSerializer.Serialize(regions));
        new FleetFile(options.Folder, regions).Fill(0, regions);
    }

    /// <summary>Writes model <paramref name="number"/>.</summary>
    public void Become(int number) => Fill(number, _regions.Where(region => region.Varies));

    /// <summary>Writes other weights into the dense layer at the end, which is 512 × 10 for VGG16, and its bias.</summary>
    public void WriteHead(ReadOnlySpan<float> weights, ReadOnlySpan<float> bias)
    {
        using var file = File.Open(OnnxPath, FileMode.Open, FileAccess.ReadWrite);
        file.Position = _regions[^2].Offset;
        file.Write(MemoryMarshal.AsBytes(weights));
        file.Position = _regions[^1].Offset;
        file.Write(MemoryMarshal.AsBytes(bias));
    }

    private static string PathIn(string folder) => Path.Combine(folder, "model.onnx");

    private void Fill(int number, IEnumerable<Region> regions)
    {
        using var file = File.Open(OnnxPath, FileMode.Open, FileAccess.ReadWrite);
        var buffer = new float[4096];
        foreach (var region in regions)
        {
            // The place in the list, because other layers behind a backbone must not change its weights.
            var random = new Random((int)((number * 1_000_003L) ^ (_regions.IndexOf(region) + 1)));
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

    /// <summary>A network whose weights are found again in the file by a mark.</summary>
    private sealed class Network
    {
        private readonly int _size;
        private string _value;
        private bool _varies;

        public Network(int size)
        {
            _size = size;
            _value = Graph.Input("input", GraphBuilder.Float, -1, 3, size, size);
        }

        public GraphBuilder Graph { get; } = new();

        public List<(byte[] Mark, int Values, float Scale, bool Varies)> Weights { get; } = [];

        /// <param name="sharedBlocks">Blocks of convolutions, of 5, that are the same in every model.</param>
        public void Vgg16(int sharedBlocks)
        {
            Backbone(sharedBlocks);
            Dense(512, 10);
            End();
        }

        /// <summary>What the dense layer of VGG16 is given.</summary>
        public void Vgg16Features()
        {
            Backbone(sharedBlocks: 5);
            Graph.NodeTo("features", "Identity", [_value]).Output("features", GraphBuilder.Float, -1, 512);
        }

        public void Cifar(int hidden, int channels)
        {
            _varies = true;
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

        /// <summary>One convolution, and the smallest dense layer that the store keeps in a pack.</summary>
        public void Smallest()
        {
            _varies = true;
            Convolution(3, 4);
            Pool();
            _value = Graph.Node("Flatten", [_value]);
            Dense(4 * (_size / 2) * (_size / 2), 16);
            Dense(16, 10);
            End();
        }

        private void Backbone(int sharedBlocks)
        {
            var from = 3;
            foreach (var (channels, convolutions) in
                new[] { (64, 2), (128, 2), (256, 3), (512, 3), (512, 3) })
            {
                _varies = sharedBlocks-- <= 0;
                for (var i = 0; i < convolutions; i++)
                {
                    Convolution(from, channels);
                    from = channels;
                }

                Pool();
            }

            _value = Graph.Node("Flatten", [Graph.Node("GlobalAveragePool", [_value])]);
            _varies = true;
        }

        private void Convolution(int from, int to)
        {
            var inputs = new[] { _value, Tensor(from * 9, to, from, 3, 3), Tensor(100_000, to) };
            _value = Graph.Node("Conv", inputs, GraphBuilder.Ints("pads", 1, 1, 1, 1));
            _value = Graph.Node("Relu", [_value]);
        }

        private void Pool() => _value = Graph.Node("MaxPool", [_value],
            GraphBuilder.Ints("kernel_shape", 2, 2), GraphBuilder.Ints("strides", 2, 2));

        private void Dense(int from, int to) =>
            _value = Graph.Node("Gemm", [_value, Tensor(from, from, to), Tensor(100_000, to)]);

        private void End() => Graph
            .NodeTo("probabilities", "Softmax", [_value], GraphBuilder.Int("axis", 1))
            .Output("probabilities", GraphBuilder.Float, -1, 10);

        private string Tensor(int fanIn, params int[] sizes)
        {
            var values = new float[sizes.Aggregate(1, (product, size) => product * size)];
            var mark = RandomNumberGenerator.GetBytes(Sentinel);
            mark.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            Weights.Add((mark, values.Length, MathF.Sqrt(24f / fanIn), _varies));
            return Graph.Weights(values, sizes);
        }
    }
}
