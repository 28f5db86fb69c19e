namespace ServerlessMme.Core.Models.Manifests;

/// <summary>
/// The manifest <c>model.json</c>: the names of a model's classes, the preprocessing of images, the meaning of the
/// output, and the backend. See docs/schemas/v1/manifest.json.
/// </summary>
public sealed record Manifest(
    IReadOnlyList<string> Labels,
    InputSpec Input,
    OutputSpec Output,
    int Top,
    BackendSpec Backend)
{
    /// <summary>The thresholds for accepting an answer; only for models with one label per image.</summary>
    public AcceptSpec Accept { get; init; } = AcceptSpec.Everything;

    /// <summary>
    /// The weight format that <c>mme models compress</c> stored for dense layers. Informational: loading reads it from
    /// the network itself. Null for a network as exported.
    /// </summary>
    public WeightType? Weights { get; init; }

    /// <summary>
    /// True if one output value per image is enough: with two labels, it is the probability of the second, as with
    /// Keras's <c>Dense(1, activation="sigmoid")</c>. Softmax is excluded, because softmax of one value is always 1.
    /// </summary>
    public bool TakesOneScore => Labels.Count == 2 && Output.Activation != Activation.Softmax;
}

/// <summary>How an image becomes the input tensor.</summary>
/// <param name="Name">The ONNX input's name; null means the model's only input.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Scale">Each channel value v in 0..255 becomes (v × scale − mean) / std.</param>
/// <param name="Mean">One number per channel, in the order of <paramref name="Channels"/>.</param>
/// <param name="Std">One number per channel, none of them 0.</param>
/// <param name="Orientation">Whether the image is rotated according to its EXIF data.</param>
/// <param name="Decode">Whether a JPEG may be decoded at a fraction of its size if that is enough.</param>
public sealed record InputSpec(
    string? Name,
    int Width,
    int Height,
    TensorLayout Layout,
    ChannelOrder Channels,
    TensorType Type,
    ResizeSpec Resize,
    double Scale,
    IReadOnlyList<double> Mean,
    IReadOnlyList<double> Std,
    ImageOrientation Orientation = ImageOrientation.Stored,
    DecodeMode Decode = DecodeMode.Full)
{
    /// <summary>Channels per pixel: 1 for gray, otherwise 3.</summary>
    public int ChannelCount => Channels == ChannelOrder.Grey ? 1 : 3;

    /// <summary>Number of elements in one image's tensor.</summary>
    public int ElementCount => checked(Width * Height * ChannelCount);

    /// <summary>Size of one image's tensor, in bytes.</summary>
    public int ByteCount => checked(ElementCount * (Type == TensorType.Float32 ? sizeof(float) : 1));
}

/// <summary>How the decoded image is resized to the input's size.</summary>
/// <param name="Side">
/// Only with ShorterSide and StretchCrop: the shorter side, or both sides, before the center crop, in pixels.
/// </param>
/// <param name="Color">Only with Letterbox: the color of the bars.</param>
/// <param name="Offset">Only with ShorterSide and StretchCrop: where the center crop begins.</param>
public sealed record ResizeSpec(
    ResizeMode Mode,
    ResizeFilter Filter,
    int Side = 0,
    RgbColor Color = default,
    CropOffset Offset = CropOffset.Round)
{
    /// <summary>True for the modes that resize to <see cref="Side"/> and then crop the center.</summary>
    public bool CropsCenter => Mode is ResizeMode.ShorterSide or ResizeMode.StretchCrop;
}

/// <summary>A color; the default is black.</summary>
public readonly record struct RgbColor(byte Red, byte Green, byte Blue);

/// <summary>The meaning of the model's output.</summary>
/// <param name="Name">The ONNX output's name; null means the model's only output.</param>
/// <param name="Threshold">Only with Multi: the minimum score of a true label, above 0 and below 1.</param>
/// <param name="Temperature">
/// Only with Single, and None or Softmax: divides the logits before softmax. Values above 1 lower the confidence.
/// </param>
public sealed record OutputSpec(
    string? Name,
    Activation Activation,
    OutputTask Task = OutputTask.Single,
    double Threshold = 0.5,
    double Temperature = 1);

/// <summary>The backend that computes the model's scores.</summary>
/// <param name="Type"><c>onnx</c> (in process) or <c>sagemaker</c> (remote).</param>
/// <param name="Settings">The other members of the manifest's <c>backend</c>, by name.</param>
public sealed record BackendSpec(string Type, IReadOnlyDictionary<string, string> Settings);

/// <summary>Order of the tensor's dimensions: batch, channels, height, width, or the channels last.</summary>
public enum TensorLayout
{
    NCHW,
    NHWC,
}

/// <summary>Order of a pixel's channels. Gray is ITU-R 601-2 luma, as in Pillow's <c>convert("L")</c>.</summary>
public enum ChannelOrder
{
    RGB,
    BGR,
    Grey,
}

/// <summary>Type of a tensor's elements.</summary>
public enum TensorType
{
    Float32,
    UInt8,
}

/// <summary>Type of the weights of a compressed network's dense layers.</summary>
public enum WeightType
{
    /// <summary>Eight bits per weight, with a scale per column.</summary>
    Int8,
}

/// <summary>How an image with another aspect ratio is resized to the input's size.</summary>
public enum ResizeMode
{
    /// <summary>Changes the aspect ratio, like Keras's <c>load_img(target_size=…)</c>.</summary>
    Stretch,

    /// <summary>Crops the longer side, like torchvision's <c>Resize(side)</c> and <c>CenterCrop</c>.</summary>
    ShorterSide,

    /// <summary>Resizes the image to a square, and then crops its edges, like Hugging Face's DeiT.</summary>
    StretchCrop,

    /// <summary>Resizes the largest centered part of the input's shape, like Pillow's <c>ImageOps.fit</c>.</summary>
    Cover,

    /// <summary>Keeps the whole image and adds bars of a color, like Pillow's <c>ImageOps.pad</c>.</summary>
    Letterbox,

    /// <summary>Refuses images of any other size.</summary>
    None,
}

/// <summary>The start of a center crop if an odd number of pixels is left out.</summary>
public enum CropOffset
{
    /// <summary>Half of the pixels left out, rounded to even, like torchvision's <c>CenterCrop</c>.</summary>
    Round,

    /// <summary>Half of the pixels left out, rounded down, like Hugging Face's <c>center_crop</c>.</summary>
    Floor,
}

/// <summary>Which orientation of an image is scored.</summary>
public enum ImageOrientation
{
    /// <summary>The orientation of the stored pixels, like Keras and torchvision.</summary>
    Stored,

    /// <summary>The orientation in the EXIF data, like Pillow's <c>ImageOps.exif_transpose</c>.</summary>
    Exif,
}

/// <summary>How a JPEG that is larger than needed is decoded.</summary>
public enum DecodeMode
{
    /// <summary>Every pixel.</summary>
    Full,

    /// <summary>At a half, a quarter or an eighth of each side if that is enough, like Pillow's <c>draft</c>.</summary>
    Draft,
}

/// <summary>Pillow's resampling filters, with its support scaling and 8-bit rounding.</summary>
public enum ResizeFilter
{
    Nearest,
    Box,
    Bilinear,
    Hamming,
    Bicubic,
    Lanczos,
}

/// <summary>The function that turns the output into scores.</summary>
public enum Activation
{
    None,
    Softmax,
    Sigmoid,
}

/// <summary>The number of labels per image.</summary>
public enum OutputTask
{
    /// <summary>One: the best.</summary>
    Single,

    /// <summary>Any number: every label whose score reaches the threshold. The scores are independent.</summary>
    Multi,
}
