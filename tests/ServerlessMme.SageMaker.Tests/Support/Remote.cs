using System.Buffers;
using System.Runtime.InteropServices;
using Amazon.Runtime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker.Tests.Support;

/// <summary>Remote models of 2 × 1 pixels and three labels, and how they are asked.</summary>
internal static class Remote
{
    public const string Predictions = """{"predictions":[[0.25,0.5,0.25]]}""";

    public static readonly ModelName Model = ModelName.Parse("tiny").Value;

    public static readonly BasicAWSCredentials Credentials = new("AKIDEXAMPLE", "secret-of-the-tests");

    public static FaultAnswer Good { get; } = FaultAnswer.Of(200, Predictions);

    /// <summary>Settings with which a test need not wait.</summary>
    public static SageMakerOptions Quick(Uri? url = null) => new()
    {
        ServiceUrl = url,
        Region = "eu-central-1",
        RetryDelay = TimeSpan.FromMilliseconds(1),
        NotReadyDelay = TimeSpan.FromMilliseconds(1),
        MaxDelay = TimeSpan.FromMilliseconds(5),
        BreakerMinimumCalls = 1000,
    };

    public static Manifest Manifest(
        int width = 2, int height = 1, TensorLayout layout = TensorLayout.NHWC, TensorType type = TensorType.Float32,
        Activation activation = Activation.None, params (string Name, string Value)[] settings) => new(
            ["left", "middle", "right"],
            new InputSpec(null, width, height, layout, ChannelOrder.RGB, type,
                new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), 1, [0, 0, 0], [1, 1, 1]),
            new OutputSpec(null, activation),
            Top: 3,
            new BackendSpec("sagemaker", settings.Append(("endpoint", "mme")).DistinctBy(pair => pair.Item1)
                .ToDictionary(pair => pair.Item1, pair => pair.Item2)));

    public static SageMakerBackendFactory Factory(SageMakerOptions options) =>
        new(options, region => SageMakerClients.Create(options, region, Credentials), TimeProvider.System);

    public static Task<Outcome<IBackend>> TryCreateAsync(this SageMakerBackendFactory factory, Manifest manifest) =>
        factory.CreateAsync(
            new ModelDescriptor(Model, "1", 0), new ModelFiles("", null, "sha256:0"), manifest,
            new LoadAllowance(TimeSpan.FromMinutes(1), 0), CancellationToken.None);

    public static async Task<IBackend> CreateAsync(this SageMakerBackendFactory factory, Manifest? manifest = null) =>
        (await factory.TryCreateAsync(manifest ?? Manifest())).Value;

    public static EncodedImage Image(string name = "a.jpg", params byte[] bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(rented, 0);
        return new EncodedImage(new ImageReference("images-tiny", name, "1", bytes.Length), rented, bytes.Length);
    }

    /// <summary>Scores images whose tensors are filled with their number.</summary>
    public static async Task<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
        this IBackend backend, Manifest manifest, int images, CancellationToken cancellationToken)
    {
        using var tensors = new TensorBatch(manifest.Input, images);
        for (var i = 0; i < images; i++)
        {
            MemoryMarshal.Cast<byte, float>(tensors.Row(i)).Fill(i);
        }

        var batch = new ImageBatch([.. Enumerable.Range(0, images).Select(i => Image($"{i}.jpg"))], tensors);
        return await backend.ScoreAsync(batch, cancellationToken);
    }

    public static async Task<Outcome<float[]>> ScoreOneAsync(this IBackend backend) =>
        Assert.Single(await backend.ScoreAsync(Manifest(), 1, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1)));
}
