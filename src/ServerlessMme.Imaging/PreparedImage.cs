using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Pixels;
using ServerlessMme.Imaging.Resampling;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging;

/// <summary>An opened image, and the steps that turn it into a tensor. Not thread-safe; dispose once.</summary>
internal sealed class PreparedImage : IDisposable
{
    private readonly IOpenedImage _opened;
    private readonly InputSpec _input;
    private readonly Placement _placement;
    private readonly Axis _horizontal;
    private readonly Axis _vertical;

    /// <summary>Takes ownership of the opened image.</summary>
    public PreparedImage(IOpenedImage opened, InputSpec input, AxisCache axes)
    {
        (_opened, _input) = (opened, input);
        StoredPixels = (long)opened.Width * opened.Height;
        _placement = Placement.Of(opened.Width, opened.Height, input);
        if (input.Decode == DecodeMode.Draft)
        {
            opened.Draft(_placement.Width, _placement.Height);
            _placement = Placement.Of(opened.Width, opened.Height, input);
        }

        _horizontal = axes.Get(Across());
        _vertical = axes.Get(Down());
    }

    /// <summary>Number of pixels in the file. A draft still reads all of them.</summary>
    public long StoredPixels { get; }

    /// <summary>Pixels per row of the upright image, after the draft if there is one.</summary>
    public int Width => _opened.Width;

    /// <summary>Rows of the upright image, after the draft if there is one.</summary>
    public int Height => _opened.Height;

    /// <summary>Upper bound of the memory that <see cref="Fill"/> takes, in bytes.</summary>
    public long Bytes
    {
        get
        {
            var channels = _input.ChannelCount == 1 ? 1 : Rgbx.Bytes;
            var held = _opened.Transform.Transposed
                ? ColumnResampler.Bytes(_horizontal, _vertical, channels)
                : RowResampler.Bytes(_horizontal, _vertical, channels);
            return _opened.DecodeBytes + held + _horizontal.Bytes + _vertical.Bytes;
        }
    }

    /// <summary>Fills the tensor. Returns a refusal if the image is damaged.</summary>
    public Refusal? Fill(Normalization normalization, Span<byte> tensor)
    {
        var frame = new TensorFrame(
            new TensorWriter(_input, normalization, tensor),
            _input, _placement, _horizontal.TargetLength, _vertical.TargetLength);
        return _opened.Transform.Transposed
            ? FillByColumns(new ColumnResampler(_horizontal, _vertical, frame, _opened.Transform))
            : FillByRows(new RowResampler(_horizontal, _vertical, frame, _opened.Transform));
    }

    public void Dispose() => _opened.Dispose();

    private Refusal? FillByRows(RowResampler rows)
    {
        try
        {
            return _opened.DecodeTo(ref rows);
        }
        finally
        {
            rows.Dispose();
        }
    }

    private Refusal? FillByColumns(ColumnResampler rows)
    {
        try
        {
            if (_opened.DecodeTo(ref rows) is { } refusal)
            {
                return refusal;
            }

            rows.Write();
            return null;
        }
        finally
        {
            rows.Dispose();
        }
    }

    // Positions are counted from the end if the stored ones are. Upright rows may be stored as columns.
    private AxisSpec Across()
    {
        var turn = _opened.Transform;
        var spec = AxisSpec.Inside(
            Width, _placement.Across, _placement.Width, _placement.Left, _input.Width, _input.Resize.Filter);
        return spec with { IsMirrored = turn.Transposed ? turn.FromBottom : turn.FromRight };
    }

    private AxisSpec Down()
    {
        var turn = _opened.Transform;
        var spec = AxisSpec.Inside(
            Height, _placement.Down, _placement.Height, _placement.Top, _input.Height, _input.Resize.Filter);
        return spec with { IsMirrored = turn.Transposed ? turn.FromRight : turn.FromBottom };
    }
}
