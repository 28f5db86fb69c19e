namespace ServerlessMme.Core.Models.Manifests;

/// <summary>
/// The manifest <c>model.json</c>: what a model's classes are called, how an image becomes its input tensor,
/// what its output means and which backend answers. See docs/manifest.schema.json.
/// </summary>
public sealed record Manifest(
    IReadOnlyList<string> Labels,
    InputSpec Input,
    OutputSpec Output,
    int Top,
    BackendSpec Backend);

/// <summary>How an image becomes the input tensor.</summary>
/// <param name="Name">The ONNX input's name; null means the model's only input.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Scale">Each channel value v in 0..255 becomes (v × scale − mean) / std.</param>
/// <param name="Mean">One number a channel, in the order of <paramref name="Channels"/>.</param>
/// <param name="Std">One number a channel, none of them 0.</param>
/// <param name="Orientation">Whether the image is turned as its EXIF data says.</param>
/// <param name="Decode">Whether a JPEG is decoded at a part of its size where that is enough.</param>
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
    /// <summary>Channels of one pixel: 1 for grey, else 3.</summary>
    public int ChannelCount => Channels == ChannelOrder.Grey ? 1 : 3;

    /// <summary>Elements of one image's tensor.</summary>
    public int ElementCount => checked(Width * Height * ChannelCount);

    /// <summary>Bytes of one image's tensor.</summary>
    public int ByteCount => checked(ElementCount * (Type == TensorType.Float32 ? sizeof(float) : 1));
}

/// <summary>How the decoded image is brought to the input's size.</summary>
/// <param name="Side">Pixels of the shorter side before the centre is cut out; read with that mode only.</param>
/// <param name="Colour">What is put around a letterboxed image; read with that mode only.</param>
public sealed record ResizeSpec(ResizeMode Mode, ResizeFilter Filter, int Side = 0, RgbColour Colour = default);

/// <summary>A colour; the default is black.</summary>
public readonly record struct RgbColour(byte Red, byte Green, byte Blue);

/// <summary>What the model's output means.</summary>
/// <param name="Name">The ONNX output's name; null means the model's only output.</param>
public sealed record OutputSpec(string? Name, Activation Activation);

/// <summary>What answers for the model.</summary>
/// <param name="Type"><c>onnx</c> (in process) or <c>sagemaker</c> (remote).</param>
/// <param name="Settings">The backend's other members of the manifest, by name, as JSON.</param>
public sealed record BackendSpec(string Type, IReadOnlyDictionary<string, string> Settings);

/// <summary>Order of the tensor's dimensions: batch, channels, height, width or channels last.</summary>
public enum TensorLayout
{
    NCHW,
    NHWC,
}

/// <summary>Order of a pixel's channels. Grey is ITU-R 601-2 luma, as Pillow's <c>convert("L")</c>.</summary>
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

/// <summary>How an image of another aspect ratio is brought to the input's size.</summary>
public enum ResizeMode
{
    /// <summary>Changes the aspect ratio, as Keras' <c>load_img(target_size=…)</c>.</summary>
    Stretch,

    /// <summary>torchvision's <c>Resize(side)</c> and <c>CenterCrop</c>: the edges of the longer side are lost.</summary>
    ShorterSide,

    /// <summary>Pillow's <c>ImageOps.pad</c>: the whole image, with bars of a colour beside it.</summary>
    Letterbox,

    /// <summary>An image of another size is refused.</summary>
    None,
}

/// <summary>Which way up an image is taken.</summary>
public enum ImageOrientation
{
    /// <summary>As its pixels are stored, as Keras and torchvision do.</summary>
    Stored,

    /// <summary>As its EXIF data says, as Pillow's <c>ImageOps.exif_transpose</c>.</summary>
    Exif,
}

/// <summary>How a JPEG larger than needed is decoded.</summary>
public enum DecodeMode
{
    /// <summary>Every pixel.</summary>
    Full,

    /// <summary>A half, a quarter or an eighth of each side while that is enough, as Pillow's <c>draft</c>.</summary>
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

/// <summary>What is applied to the output to make scores of it.</summary>
public enum Activation
{
    None,
    Softmax,
    Sigmoid,
}
