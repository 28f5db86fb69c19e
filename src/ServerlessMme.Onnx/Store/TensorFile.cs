using System.Globalization;
using System.Runtime.InteropServices;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// The values of an optimized model's large tensors in one file, and those of new tensors in another.
/// </summary>
internal sealed class TensorFile : IDisposable
{
    private const int External = 1;
    private const int Alignment = 64;

    /// <summary>
    /// Maximum number of columns that are transposed at a time. More would not fit into the processor's cache.
    /// </summary>
    private const int MostColumns = 32;

    private const int MostValues = 1 << 20;

    private readonly MappedFile _values;
    private readonly FileStream _made;
    private readonly string _location;

    /// <param name="made">Path of a new file in the same folder.</param>
    public TensorFile(string values, string made)
    {
        _location = Path.GetFileName(made);
        _made = new FileStream(made, FileMode.CreateNew, FileAccess.Write);
        try
        {
            _values = new MappedFile(values, new FileInfo(values).Length);
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>Returns true if the file has all values of the tensor, whose numbers have 4 bytes.</summary>
    public bool Has(TensorProto tensor) => ExternalData.IsExternal(tensor)
        && ExternalData.Length(tensor) == tensor.Dims.Aggregate((Int128)sizeof(float), (bytes, size) => bytes * size)
        && ExternalData.Offset(tensor) is >= 0 and var offset
        && offset <= _values.Length - ExternalData.Length(tensor);

    /// <summary>
    /// Writes the transposed values of a tensor with rows × columns, and makes them the values of another tensor.
    /// </summary>
    public void AddTransposed(TensorProto tensor, TensorProto values, int rows, int columns)
    {
        Begin(tensor, (long)rows * columns * sizeof(float));
        var offset = ExternalData.Offset(values);
        var most = Math.Clamp(MostValues / rows, 1, MostColumns);
        var tile = new float[most * rows];
        for (var first = 0; first < columns; first += most)
        {
            var taken = Math.Min(most, columns - first);
            for (var row = 0; row < rows; row++)
            {
                var part = MemoryMarshal.Cast<byte, float>(_values.Part(
                    offset + ((((long)row * columns) + first) * sizeof(float)), taken * sizeof(float)));
                for (var i = 0; i < taken; i++)
                {
                    tile[(i * rows) + row] = part[i];
                }
            }

            _made.Write(MemoryMarshal.AsBytes(tile.AsSpan(0, taken * rows)));
        }
    }

    public void Dispose()
    {
        _made.Dispose();
        _values.Dispose();
    }

    private void Begin(TensorProto tensor, long bytes)
    {
        _made.Position = (_made.Position + Alignment - 1) / Alignment * Alignment;
        tensor.DataLocation = External;
        tensor.ExternalData.Clear();
        Entry("location", _location);
        Entry("offset", _made.Position.ToString(CultureInfo.InvariantCulture));
        Entry("length", bytes.ToString(CultureInfo.InvariantCulture));

        void Entry(string key, string value) =>
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }
}
